//! What can be seen wrong with a client secret before anybody is asked.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// The shortest client secret Entra ID ever made has more; the portal's have 40.
const SHORTEST: usize = 16;
/// Stands in every client secret made since 2021.
const MARKER: &str = "Q~";

/// Something about a client secret that it should not have. None of the texts holds any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lint {
    /// There is nothing.
    Empty,
    /// It is a GUID, most likely an id that was copied in place of the secret's value.
    Id(IdOf),
    /// It has asterisks or dots where the portal hides the value.
    Masked,
    /// It is between quotation marks, which belong to the text it was copied from.
    Quoted,
    /// It has a blank, a line break or an invisible character: it was damaged by copying.
    Blank {
        /// Where the first one is, counted from 1.
        at: usize,
    },
    /// It has a character no client secret has, such as a typographic quotation mark.
    Foreign {
        /// Where the first one is, counted from 1.
        at: usize,
    },
    /// It is shorter than any client secret.
    Short {
        /// How many characters there are.
        length: usize,
    },
    /// It lacks the `Q~` of the client secrets made since 2021. It may be older.
    Unmarked,
}

/// Whose id was given in place of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdOf {
    /// The tenant's.
    Tenant,
    /// The application's.
    Application,
    /// Nobody's that is known: the portal shows the secret's own beside its value.
    Secret,
}

/// The ids of a connection, which whoever copies its secret has before them too.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ids {
    /// Directory (tenant) id, where that is known.
    pub tenant: Option<Uuid>,
    /// Application (client) id.
    pub application: Option<Uuid>,
}

impl Ids {
    fn whose(self, id: Uuid) -> IdOf {
        if self.application == Some(id) {
            IdOf::Application
        } else if self.tenant == Some(id) {
            IdOf::Tenant
        } else {
            IdOf::Secret
        }
    }
}

impl Lint {
    /// Whether it says next to nothing: many a secret that works has it.
    pub fn is_hint(self) -> bool {
        matches!(self, Self::Unmarked)
    }

    /// Whether nobody needs to be asked. Whatever else a secret looks like, people could once choose theirs: only
    /// Entra ID knows.
    pub fn is_hopeless(self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the client secret is empty: give the value Entra ID showed when it was made"),
            Self::Id(whose) => {
                let whose = match whose {
                    IdOf::Tenant => "the tenant's id",
                    IdOf::Application => "the application (client) id",
                    IdOf::Secret => "an id, most likely the secret's",
                };
                write!(
                    f,
                    "the client secret given is {whose}: give the secret's value, which Entra ID shows once, when the \
                     secret is made"
                )
            }
            Self::Masked => f.write_str(
                "the client secret given looks as the portal hides one: make a new one under Certificates & secrets, \
                 and copy its value before leaving the page",
            ),
            Self::Quoted => {
                f.write_str("the client secret given is between quotation marks: give it without them")
            }
            Self::Blank { at } => write!(
                f,
                "the client secret has a blank or an invisible character at position {at}: copy it with the button \
                 beside it"
            ),
            Self::Foreign { at } => write!(
                f,
                "the client secret has a character at position {at} that none has, as word processors and chats put \
                 in: copy it from where Entra ID shows it"
            ),
            Self::Short { length } => {
                write!(f, "the client secret has {length} characters only, so part of it is missing: copy all of it")
            }
            Self::Unmarked => f.write_str(
                "the client secret does not look like one Entra ID makes today: check that all of it was copied, \
                 unless it was made before 2021",
            ),
        }
    }
}

/// What can be seen wrong with a client secret of a connection with these ids, the gravest first. A secret without any
/// may still be the wrong one, and one with some, but for an empty one, may be right.
pub fn lint_client_secret(secret: &SecretString, ids: Ids) -> Vec<Lint> {
    let secret = secret.expose_secret();
    if secret.trim().is_empty() {
        return vec![Lint::Empty];
    }
    if let Ok(id) = Uuid::try_parse(secret.trim()) {
        return vec![Lint::Id(ids.whose(id))];
    }
    if is_masked(secret) {
        return vec![Lint::Masked];
    }
    if is_quoted(secret.trim()) {
        return vec![Lint::Quoted];
    }
    let place = |wrong: fn(char) -> bool| secret.chars().position(wrong).map(|before| before + 1);
    let length = secret.chars().count();
    [
        place(is_blank).map(|at| Lint::Blank { at }),
        place(|c| !c.is_ascii() && !is_blank(c)).map(|at| Lint::Foreign { at }),
        (length < SHORTEST).then_some(Lint::Short { length }),
        (!secret.contains(MARKER)).then_some(Lint::Unmarked),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn is_masked(secret: &str) -> bool {
    secret.contains("***") || secret.contains(['•', '●', '…', '∙'])
}

fn is_quoted(secret: &str) -> bool {
    ['"', '\'', '`'].into_iter().any(|mark| {
        secret.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)).is_some_and(|it| !it.is_empty())
    })
}

/// Blanks of every kind, control characters, and those that have no width at all.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "abc8Q~canary.Of.Forty.Characters_-~01234";

    #[test]
    fn each_kind_of_damage_is_seen_and_none_is_repeated() {
        for (given, lints) in [
            (WHOLE.to_owned(), vec![]),
            (" ".to_owned(), vec![Lint::Empty]),
            ("6F1D2C3B-0000-4000-8000-1234567890AB".to_owned(), vec![Lint::Id(IdOf::Secret)]),
            (" 6f1d2c3b-0000-4000-8000-1234567890ab\n".to_owned(), vec![Lint::Id(IdOf::Secret)]),
            (Uuid::nil().to_string(), vec![Lint::Id(IdOf::Tenant)]),
            (Uuid::max().to_string(), vec![Lint::Id(IdOf::Application)]),
            (format!("\"{WHOLE}\""), vec![Lint::Quoted]),
            (format!("'{WHOLE}'"), vec![Lint::Quoted]),
            ("abc******************".to_owned(), vec![Lint::Masked]),
            ("••••••••••••••••".to_owned(), vec![Lint::Masked]),
            (format!("{}…", &WHOLE[..20]), vec![Lint::Masked]),
            (WHOLE.replace(".Of", "..."), vec![]),
            (format!("{WHOLE}\n"), vec![Lint::Blank { at: 41 }]),
            (WHOLE.replace(".Of", "\u{200b}Of"), vec![Lint::Blank { at: 13 }]),
            (WHOLE.replace("-~", "–~"), vec![Lint::Foreign { at: 34 }]),
            (WHOLE[..9].to_owned(), vec![Lint::Short { length: 9 }]),
            (WHOLE[6..26].to_owned(), vec![Lint::Unmarked]),
            ("canary".to_owned(), vec![Lint::Short { length: 6 }, Lint::Unmarked]),
        ] {
            let ids = Ids { tenant: Some(Uuid::nil()), application: Some(Uuid::max()) };
            let seen = lint_client_secret(&given.as_str().into(), ids);
            assert_eq!(seen, lints, "{given}");
            let told: Vec<_> = seen.iter().map(ToString::to_string).collect();
            let told = format!("{told:?} {seen:?}");
            assert!(!told.contains("canary") && !told.contains("6f1d"), "{told}");
        }
    }

    #[test]
    fn only_the_missing_marker_says_nothing_and_only_an_empty_secret_says_all() {
        assert!(Lint::Unmarked.is_hint() && !Lint::Short { length: 3 }.is_hint());
        assert!(Lint::Empty.is_hopeless());
        for uncertain in [Lint::Id(IdOf::Secret), Lint::Masked, Lint::Quoted, Lint::Blank { at: 1 }] {
            assert!(!uncertain.is_hopeless(), "{uncertain}");
        }
    }
}
