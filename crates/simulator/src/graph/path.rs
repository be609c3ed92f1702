//! The path of a Graph request: version and segments, in whichever of the accepted spellings.

use percent_encoding::percent_decode_str;

use crate::world::ObjectKind;

/// A path taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphPath {
    /// `/beta` rather than `/v1.0`.
    pub beta: bool,
    /// The segments between slashes, decoded; a key in parentheses is a segment of its own.
    pub segments: Vec<String>,
    /// A cast segment such as `microsoft.graph.user`, removed from the segments.
    pub cast: Option<ObjectKind>,
    /// Whether `/$count` ended it; removed from the segments.
    pub count: bool,
}

impl GraphPath {
    /// Reads a path; `None` when it does not start with a version.
    pub fn parse(path: &str) -> Option<Self> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let beta = match parts.next()? {
            version if version.eq_ignore_ascii_case("v1.0") => false,
            version if version.eq_ignore_ascii_case("beta") => true,
            _ => return None,
        };
        let mut parsed = Self { beta, segments: Vec::new(), cast: None, count: false };
        for part in parts {
            parsed.push(&percent_decode_str(part).decode_utf8_lossy());
        }
        Some(parsed)
    }

    fn push(&mut self, part: &str) {
        if part.eq_ignore_ascii_case("$count") {
            self.count = true;
            return;
        }
        let part = strip_namespace(part);
        if let Some(kind) = cast(part) {
            self.cast = Some(kind);
            return;
        }
        let Some((name, key)) = part.strip_suffix(')').and_then(|part| part.split_once('(')) else {
            self.segments.push(part.to_owned());
            return;
        };
        self.segments.push(name.to_owned());
        // `delta()` has no key; `users('id')` names the id; `servicePrincipals(appId='x')` another key.
        if !key.is_empty() {
            self.segments.push(unquoted(key).to_owned());
        }
    }
}

/// An alternate key, `appId='x'`, as its property and value.
pub fn alternate_key(segment: &str) -> Option<(&str, &str)> {
    let (property, value) = segment.split_once('=')?;
    Some((property, unquoted(value)))
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text)
}

/// `microsoft.graph.delta` is the qualified name of `delta`.
fn strip_namespace(part: &str) -> &str {
    const NAMESPACE: &str = "microsoft.graph.";
    match part.get(..NAMESPACE.len()) {
        Some(start) if start.eq_ignore_ascii_case(NAMESPACE) && cast(part).is_none() => {
            &part[NAMESPACE.len()..]
        }
        _ => part,
    }
}

/// What the types' full names begin with.
const MICROSOFT: &str = "microsoft.";

fn cast(part: &str) -> Option<ObjectKind> {
    const KINDS: [ObjectKind; 5] = [
        ObjectKind::User,
        ObjectKind::Group,
        ObjectKind::ServicePrincipal,
        ObjectKind::Application,
        ObjectKind::Device,
    ];
    // The official clients write "graph.user", people "microsoft.graph.user": both are the same type.
    let part = part
        .get(..MICROSOFT.len())
        .filter(|start| start.eq_ignore_ascii_case(MICROSOFT))
        .map_or(part, |start| &part[start.len()..]);
    KINDS.into_iter().find(|kind| kind.odata_type()[1 + MICROSOFT.len()..].eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<String> {
        GraphPath::parse(path).expect("a Graph path").segments
    }

    #[test]
    fn delta_is_the_same_in_every_spelling() {
        for path in ["/v1.0/users/delta", "/v1.0/users/delta()", "/V1.0/users/microsoft.graph.delta()"] {
            assert_eq!(segments(path), ["users", "delta"], "{path}");
        }
    }

    #[test]
    fn keys_in_parentheses_become_segments() {
        assert_eq!(segments("/v1.0/users('a%20b')/manager"), ["users", "a b", "manager"]);
        let path = segments("/beta/servicePrincipals(appId='x')/owners");
        assert_eq!(path, ["servicePrincipals", "appId='x'", "owners"]);
        assert_eq!(alternate_key(&path[1]), Some(("appId", "x")));
    }

    #[test]
    fn casts_and_counts_are_set_aside() {
        let path =
            GraphPath::parse("/v1.0/groups/x/members/microsoft.graph.user/$count").expect("a Graph path");
        assert_eq!(path.segments, ["groups", "x", "members"]);
        assert_eq!((path.cast, path.count), (Some(ObjectKind::User), true));
    }

    #[test]
    fn other_versions_are_not_graph() {
        assert_eq!(GraphPath::parse("/v2.0/users"), None);
        assert_eq!(GraphPath::parse("/"), None);
    }
}
