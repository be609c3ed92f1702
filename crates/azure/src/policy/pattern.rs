//! Path patterns: "*" is one segment, "**" is the rest (which may be nothing).

/// A path pattern of a connector's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
    /// Whether anything may follow.
    open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Any,
}

impl Pattern {
    /// Reads a pattern such as `/v1.0/groups/*/members` or `/v1.0/users/**`. One that is not absolute, or
    /// has "**" before its end, is none: it would be read as allowing something its author did not mean.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let path = text.strip_prefix('/')?;
        let (path, open) = match path.strip_suffix("**") {
            Some("") => ("", true),
            Some(before) => (before.strip_suffix('/')?, true),
            None => (path.strip_suffix('/').unwrap_or(path), false),
        };
        let parts = match path {
            "" => Vec::new(),
            path => path.split('/').map(Part::parse).collect::<Option<_>>()?,
        };
        Some(Self { parts, open })
    }

    /// Whether it allows a path, given as decoded lower-case segments.
    pub(crate) fn allows(&self, segments: &[String]) -> bool {
        let fits =
            if self.open { segments.len() >= self.parts.len() } else { segments.len() == self.parts.len() };
        fits && self.parts.iter().zip(segments).all(|(part, segment)| part.is(segment))
    }

    /// Whether it allows what is read beside a path: `way` leads there, property by property, from what the path
    /// names. Where that is a list, from the objects in it, and for one of those a "*" has to stand. A property
    /// has to be named: a "*" where one could be is there for an id.
    pub(crate) fn allows_beside(&self, segments: &[String], way: &[String]) -> bool {
        if segments.len() > self.parts.len() {
            return self.open && self.allows(segments);
        }
        let (head, tail) = self.parts.split_at(segments.len());
        head.iter().zip(segments).all(|(part, segment)| part.is(segment)) && self.leads(tail, way)
    }

    fn leads(&self, parts: &[Part], way: &[String]) -> bool {
        let (Some((property, rest)), Some(part)) = (way.split_first(), parts.first()) else {
            return parts.is_empty() && (way.is_empty() || self.open);
        };
        match part {
            Part::Literal(literal) => literal == property && self.leads(&parts[1..], rest),
            Part::Any => match parts.get(1) {
                Some(Part::Literal(literal)) => literal == property && self.leads(&parts[2..], rest),
                Some(Part::Any) => false,
                None => self.open,
            },
        }
    }
}

impl Part {
    fn is(&self, segment: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == segment,
            Self::Any => true,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "**" => None,
            "*" => Some(Self::Any),
            literal => Some(Self::Literal(literal.to_lowercase())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, path: &str) -> bool {
        let segments: Vec<_> =
            path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        Pattern::parse(pattern).is_some_and(|pattern| pattern.allows(&segments))
    }

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        for (pattern, path, allowed) in [
            ("/v1.0/users", "/v1.0/users", true),
            ("/v1.0/Users/", "/v1.0/users", true),
            ("/v1.0/users", "/v1.0/users/1", false),
            ("/v1.0/users", "/beta/users", false),
            ("/v1.0/groups/*/members", "/v1.0/groups/1/members", true),
            ("/v1.0/groups/*/members", "/v1.0/groups/1/2/members", false),
            ("/v1.0/groups/*/members", "/v1.0/groups/members", false),
            ("/v1.0/groups/*/members", "/v1.0/groups/1/members/2", false),
            ("/v1.0/users/**", "/v1.0/users", true),
            ("/v1.0/users/**", "/v1.0/users/1/photo", true),
            ("/v1.0/users/**", "/v1.0/usersandmore", false),
            ("/*/users/**", "/beta/users/1", true),
            ("/**", "/anything/at/all", true),
            ("/", "/", true),
            ("/", "/v1.0", false),
        ] {
            assert_eq!(allows(pattern, path), allowed, "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_read_beside_a_path_is_allowed_where_its_own_path_is() {
        for (pattern, path, way, allowed) in [
            ("/v1.0/users", "/v1.0/users", "manager", false),
            ("/v1.0/users/*", "/v1.0/users", "manager", false),
            ("/v1.0/users/*/*", "/v1.0/users", "manager", false),
            ("/v1.0/users/*/manager", "/v1.0/users", "manager", true),
            ("/v1.0/users/*/manager", "/v1.0/users/1", "manager", true),
            ("/v1.0/users/*/manager", "/v1.0/users", "memberof", false),
            ("/v1.0/users/*/manager", "/v1.0/groups", "manager", false),
            ("/v1.0/users/*/manager", "/v1.0/users", "manager/manager", false),
            ("/v1.0/users/*/manager/manager", "/v1.0/users", "manager/manager", true),
            ("/v1.0/groups/*/members/*/manager", "/v1.0/groups", "members/manager", true),
            ("/v1.0/groups/*/members/*/manager", "/v1.0/groups", "members", false),
            ("/v1.0/groups/*/members/*/manager", "/v1.0/groups/1/members", "manager", true),
            ("/v1.0/users/**", "/v1.0/users", "manager", true),
            ("/v1.0/users/**", "/v1.0/users/1/photo", "x/y", true),
            ("/v1.0/users/**", "/v1.0/groups", "members", false),
            ("/v1.0/users/*/**", "/v1.0/users", "manager", true),
            ("/v1.0/users/*/manager/**", "/v1.0/users", "memberof", false),
            ("/v1.0/users/*/manager", "/v1.0/users", "*", false),
        ] {
            let cut = |text: &str| -> Vec<_> {
                text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
            };
            let pattern_parsed = Pattern::parse(pattern).unwrap();
            assert_eq!(
                pattern_parsed.allows_beside(&cut(path), &cut(way)),
                allowed,
                "{pattern} {path} {way}"
            );
        }
    }

    #[test]
    fn a_pattern_that_cannot_mean_what_it_says_allows_nothing() {
        for pattern in ["", "v1.0/users", "/v1.0/**/members", "/v1.0//users", "/v1.0/users**", "**"] {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }
}
