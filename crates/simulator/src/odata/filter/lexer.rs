//! The words of a filter.

use crate::odata::QueryError;

/// One word with the position it starts at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) position: usize,
    pub(super) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Open,
    Close,
    Comma,
    Colon,
    /// A name, operator, number, GUID or date: whatever stands unquoted.
    Word(String),
    /// A quoted text, quotes removed.
    Quoted(String),
}

/// Splits `text`; two quotes inside a quoted text are one.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let position = at;
        let kind = match character {
            character if character.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => TokenKind::Open,
            ')' => TokenKind::Close,
            ',' => TokenKind::Comma,
            ':' => TokenKind::Colon,
            '\'' => {
                let (quoted, end) =
                    quoted(&characters, at).ok_or_else(|| QueryError::filter_syntax(position, text))?;
                at = end;
                tokens.push(Token { position, kind: TokenKind::Quoted(quoted) });
                continue;
            }
            character if is_word(character) => {
                let end = word_end(&characters, at);
                let word = characters[at..end].iter().collect();
                at = end;
                tokens.push(Token { position, kind: TokenKind::Word(word) });
                continue;
            }
            _ => return Err(QueryError::filter_syntax(position, text)),
        };
        tokens.push(Token { position, kind });
        at += 1;
    }
    Ok(tokens)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '/' | '-' | '.' | '$' | '@' | '+')
}

/// A word ends at the first foreign character; a colon belongs to it only inside a time of day.
fn word_end(characters: &[char], start: usize) -> usize {
    let mut end = start;
    let starts_with_digit = characters[start].is_ascii_digit();
    while let Some(&character) = characters.get(end) {
        if is_word(character) || (character == ':' && starts_with_digit) {
            end += 1;
        } else {
            break;
        }
    }
    end
}

fn quoted(characters: &[char], open: usize) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut at = open + 1;
    loop {
        match (characters.get(at)?, characters.get(at + 1)) {
            ('\'', Some('\'')) => {
                text.push('\'');
                at += 2;
            }
            ('\'', _) => return Some((text, at + 1)),
            (&character, _) => {
                text.push(character);
                at += 1;
            }
        }
    }
}
