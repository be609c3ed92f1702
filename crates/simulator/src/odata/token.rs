//! Opaque continuation tokens: what `$skiptoken`, `$skipToken` and `$deltatoken` carry.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Makes an opaque token of numbered parts; `kind` keeps one collection's token out of another's.
pub fn encode(kind: &str, parts: &[u64]) -> String {
    let mut text = String::from(kind);
    for part in parts {
        text.push('.');
        text.push_str(&part.to_string());
    }
    URL_SAFE_NO_PAD.encode(text)
}

/// Reads a token made by [`encode`] for the same `kind` with exactly `N` parts.
pub fn decode<const N: usize>(kind: &str, token: &str) -> Option<[u64; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let numbers = text.strip_prefix(kind)?.strip_prefix('.')?;
    let mut parts = [0; N];
    let mut fields = numbers.split('.');
    for part in &mut parts {
        *part = fields.next()?.parse().ok()?;
    }
    fields.next().is_none().then_some(parts)
}

/// Makes an opaque token of numbered parts and a text, such as frozen query options.
pub fn encode_with(kind: &str, parts: &[u64], text: &str) -> String {
    let numbers: Vec<String> = parts.iter().map(u64::to_string).collect();
    URL_SAFE_NO_PAD.encode(format!("{kind}.{}|{text}", numbers.join(".")))
}

/// Reads a token made by [`encode_with`] for the same `kind` with exactly `N` parts.
pub fn decode_with<const N: usize>(kind: &str, token: &str) -> Option<([u64; N], String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (numbers, rest) = text.strip_prefix(kind)?.strip_prefix('.')?.split_once('|')?;
    let mut fields = numbers.split('.');
    let mut parts = [0; N];
    for part in &mut parts {
        *part = fields.next()?.parse().ok()?;
    }
    fields.next().is_none().then(|| (parts, rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_went() {
        let token = encode("users", &[7, 1_000_000]);
        assert_eq!(decode::<2>("users", &token), Some([7, 1_000_000]));
    }

    #[test]
    fn a_token_with_a_text_comes_back_as_it_went() {
        let token = encode_with("delta", &[7, 8], "$select=a|b.c");
        assert_eq!(decode_with::<2>("delta", &token), Some(([7, 8], "$select=a|b.c".to_owned())));
        assert_eq!(decode_with::<1>("delta", &token), None);
        assert_eq!(decode_with::<2>("other", &token), None);
    }

    #[test]
    fn a_foreign_or_damaged_token_is_refused() {
        let token = encode("users", &[7]);
        assert_eq!(decode::<1>("groups", &token), None);
        assert_eq!(decode::<2>("users", &token), None);
        assert_eq!(decode::<1>("users", "%%%"), None);
        assert_eq!(decode::<1>("users", &token[1..]), None);
    }
}
