//! The query options of one request.

use super::QueryError;
use super::filter::Filter;
use super::order::{self, Order};
use super::search::Search;

/// Every option as the client sent it, `$` and letter case set aside.
#[derive(Debug, Default, Clone)]
pub struct QueryOptions {
    /// `$select`, split at its commas.
    pub select: Option<Vec<String>>,
    /// `$filter`, parsed.
    pub filter: Option<Filter>,
    /// `$top` as text, since its limit depends on the collection.
    pub top: Option<String>,
    /// `$count=true`.
    pub count: bool,
    /// `$skiptoken`, `$skipToken`.
    pub skip_token: Option<String>,
    /// `$deltatoken`.
    pub delta_token: Option<String>,
    /// `$expand`, parsed.
    pub expand: Vec<Expand>,
    /// `$orderby`, most significant first.
    pub order_by: Vec<Order>,
    /// `$search`, parsed.
    pub search: Option<Search>,
    /// `$skip`.
    pub skip: Option<String>,
    /// `$maxpagesize`.
    pub max_page_size: Option<String>,
    /// Everything else, names in lower case (`api-version`, `$recurse`).
    pub other: Vec<(String, String)>,
}

/// One navigation property of `$expand`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expand {
    /// The navigation property.
    pub property: String,
    /// Its own `$select`.
    pub select: Option<Vec<String>>,
}

impl QueryOptions {
    /// Reads options that are decoded already.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, QueryError> {
        let mut options = Self::default();
        for (name, value) in pairs {
            let name = name.to_ascii_lowercase();
            match name.strip_prefix('$').unwrap_or(&name) {
                "select" => options.select = Some(names(value)),
                "filter" => options.filter = Some(Filter::parse(value)?),
                "top" => options.top = Some(value.clone()),
                "count" => options.count = value.eq_ignore_ascii_case("true"),
                "skiptoken" => options.skip_token = Some(value.clone()),
                "deltatoken" => options.delta_token = Some(value.clone()),
                "expand" => options.expand = expansions(value)?,
                "orderby" => options.order_by = order::parse(value)?,
                "search" => options.search = Some(Search::parse(value)?),
                "skip" => options.skip = Some(value.clone()),
                "maxpagesize" => options.max_page_size = Some(value.clone()),
                _ => options.other.push((name, value.clone())),
            }
        }
        Ok(options)
    }

    /// Whether a property is selected by name.
    pub fn selects(&self, property: &str) -> bool {
        self.select.iter().flatten().any(|name| name.eq_ignore_ascii_case(property))
    }

    /// An option without a field of its own, by its lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.other.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The page size: `default` unless `$top` asks for one in 1..=`maximum`.
    pub fn page_size(&self, default: usize, maximum: usize) -> Result<usize, QueryError> {
        let Some(asked) = &self.top else { return Ok(default) };
        match asked.parse::<usize>() {
            Ok(size) if (1..=maximum).contains(&size) => Ok(size),
            _ => Err(QueryError::page_size(asked, maximum)),
        }
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// `manager($select=id,mail),owners` to its parts; options inside parentheses are separated by `;`.
fn expansions(text: &str) -> Result<Vec<Expand>, QueryError> {
    let mut found = Vec::new();
    for part in split_outside_parentheses(text)? {
        let (property, options) = match part.split_once('(') {
            Some((property, rest)) => (property, rest.strip_suffix(')').unwrap_or(rest)),
            None => (part, ""),
        };
        let select = options.split(';').find_map(|option| {
            let (name, value) = option.split_once('=')?;
            name.trim().trim_start_matches('$').eq_ignore_ascii_case("select").then(|| names(value))
        });
        found.push(Expand { property: property.trim().to_owned(), select });
    }
    Ok(found)
}

fn split_outside_parentheses(text: &str) -> Result<Vec<&str>, QueryError> {
    let unbalanced = || {
        QueryError::bad_request(format!("Parsing OData Select and Expand failed: Syntax error in '{text}'."))
    };
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(unbalanced)?,
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth != 0 {
        return Err(unbalanced());
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<QueryOptions, QueryError> {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        QueryOptions::read(&pairs)
    }

    #[test]
    fn options_are_read_encoded_or_not_and_in_any_case() {
        let options =
            parse("%24Select=id,%20mail&$TOP=5&$filter=a+eq+1&$count=true&api-version=1").expect("parses");
        assert_eq!(options.select, Some(vec!["id".to_owned(), "mail".to_owned()]));
        assert_eq!(options.page_size(100, 999), Ok(5));
        assert!(options.filter.is_some() && options.count);
        assert_eq!(options.get("api-version"), Some("1"));
    }

    #[test]
    fn expand_keeps_the_select_inside_it() {
        let options = parse("$expand=manager($select=id,mail;$levels=1),owners").expect("parses");
        assert_eq!(
            options.expand,
            [
                Expand { property: "manager".into(), select: Some(vec!["id".into(), "mail".into()]) },
                Expand { property: "owners".into(), select: None },
            ]
        );
        assert!(parse("$expand=manager($select=id").is_err());
    }

    #[test]
    fn a_page_size_outside_its_limits_is_refused_with_the_limits() {
        let size = |query| parse(query).expect("parses").page_size(100, 999);
        assert_eq!(size(""), Ok(100));
        let error = size("$top=1000").expect_err("too large");
        assert_eq!(
            error.message,
            "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."
        );
        assert!(size("$top=0").is_err() && size("$top=x").is_err());
    }
}
