//! `$expand`: what a call reads beside what its path names.
//!
//! An expanded property holds other objects, or facts about the same one, which a path of its own would give:
//! `/v1.0/users?$expand=manager` reads what `/v1.0/users/{id}/manager` does. So it is judged like that path. The
//! option is read the way the most lenient service reads it (any case, with or without "$"), and what cannot be
//! read is refused.

use url::Url;

/// Expansions inside expansions that are read. Graph takes none, Resource Manager has no need of them.
const DEPTH: usize = 4;

/// The way from the objects a path names to what is read beside them: properties, in lower case.
pub(crate) type Way = Vec<String>;

/// Everything the options of an address expand.
///
/// # Errors
/// What is wrong with an option, as the rest of a sentence.
pub(crate) fn ways(url: &Url) -> Result<Vec<Way>, &'static str> {
    let mut ways = Vec::new();
    for (name, value) in url.query_pairs() {
        if is_expand(&name) {
            read(&value, &[], &mut ways)?;
        }
    }
    Ok(ways)
}

fn is_expand(name: &str) -> bool {
    let name = name.trim();
    name.strip_prefix('$').unwrap_or(name).eq_ignore_ascii_case("expand")
}

/// Reads `manager($select=id;$expand=directReports),owners`, found at the end of `before`.
fn read(value: &str, before: &[String], ways: &mut Vec<Way>) -> Result<(), &'static str> {
    if before.len() >= DEPTH {
        return Err("expands too deep");
    }
    for part in split(value, ',')?.into_iter().filter(|part| !part.is_empty()) {
        let (path, options) = match part.split_once('(') {
            Some((path, rest)) => (path, rest.strip_suffix(')').ok_or("has a $expand that cannot be read")?),
            None => (part, ""),
        };
        let way: Way = before.iter().cloned().chain(path.split('/').filter_map(property)).collect();
        if way.len() == before.len() {
            return Err("has a $expand that names no property");
        }
        for option in split(options, ';')? {
            if let Some((name, value)) = option.split_once('=')
                && is_expand(name)
            {
                read(value, &way, ways)?;
            }
        }
        ways.push(way);
    }
    Ok(())
}

/// A segment of an expanded path; of a type (`microsoft.graph.user`) or a form (`$ref`) nothing more is read.
fn property(segment: &str) -> Option<String> {
    let segment = segment.trim();
    let other = segment.is_empty() || segment.contains('.') || segment.starts_with('$');
    (!other).then(|| segment.to_lowercase())
}

/// Cuts at a separator outside parentheses and strings, in which a quote is written twice.
fn split(text: &str, separator: char) -> Result<Vec<&str>, &'static str> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_usize, false);
    for (at, character) in text.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or("has a $expand that cannot be read")?,
            other if other == separator && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    if quoted || depth > 0 {
        return Err("has a $expand that cannot be read");
    }
    parts.push(text[start..].trim());
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> Result<Vec<String>, &'static str> {
        let url = Url::parse(&format!("https://api.example/v1.0/users?{query}")).unwrap();
        ways(&url).map(|ways| ways.iter().map(|way| way.join("/")).collect())
    }

    #[test]
    fn every_spelling_of_the_option_is_read() {
        for query in [
            "$expand=manager",
            "expand=Manager",
            "%24EXPAND=manager",
            "+$Expand+=%6danager",
            "$select=id&$expand=manager($select=id,displayName)",
            "$expand=manager($levels=max;$select=id)&$count=true",
            "$expand=manager/$ref",
            "$expand=manager/microsoft.graph.user",
            "$expand=manager($filter=startswith(name,'a)($expand=x;'))",
        ] {
            assert_eq!(of(query).unwrap(), ["manager"], "{query}");
        }
        assert!(of("$select=id&$top=9").unwrap().is_empty());
        assert!(of("$expand=").unwrap().is_empty());
    }

    #[test]
    fn everything_that_is_expanded_is_found() {
        assert_eq!(of("$expand=manager,owners").unwrap(), ["manager", "owners"]);
        assert_eq!(of("$expand=manager&$expand=owners").unwrap(), ["manager", "owners"]);
        let nested = of("$expand=members($select=id;$expand=Manager,owners($top=1))").unwrap();
        assert_eq!(nested, ["members/manager", "members/owners", "members"]);
        assert_eq!(of("$expand=members/owners").unwrap(), ["members/owners"]);
        assert_eq!(of("$expand=*").unwrap(), ["*"]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for query in
            ["$expand=a(", "$expand=a)", "$expand=a(b)c", "$expand=a('", "$expand=$ref", "$expand=(manager)"]
        {
            assert!(of(query).is_err(), "{query}");
        }
        assert!(of(&format!("$expand={}a{}", "a($expand=".repeat(9), ")".repeat(9))).is_err());
    }
}
