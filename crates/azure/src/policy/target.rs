//! Where a call goes: a path or a next link becomes the one address that is judged and then sent.
//!
//! What is matched against the policy is what is sent, so the address is brought into one form first,
//! and whatever two readers could read differently (encoded separators, empty or dot segments in
//! disguise) is refused instead of guessed.

use fairlead_model::{Api, Refusal};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::cloud::host_of;

/// The address of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The whole address.
    pub(crate) url: Url,
    /// The path below the service's base: decoded, in lower case (Azure ignores case), cut at "/".
    pub(crate) segments: Vec<String>,
    /// How many bytes of the address's path belong to the service's base.
    prefix: usize,
}

impl Target {
    /// Resolves a path, or a next link, against the base address of its service.
    ///
    /// # Errors
    /// `ForeignHost` for a link that leads elsewhere, `NotDeclared` for a path no policy can judge.
    pub(crate) fn resolve(api: Api, base: &Url, given: &str) -> Result<Self, Refusal> {
        if given.contains(|c: char| c.is_control() || c == '\\' || c == '#') {
            return Err(malformed(api, "holds a control character, a backslash or \"#\""));
        }
        let prefix = base.path().trim_end_matches('/');
        let url = if given.starts_with('/') {
            // Parsed as one text, so that the parser cannot take a leading "//" for a host.
            Url::parse(&format!("{}{prefix}{given}", base.origin().ascii_serialization()))
        } else if let Some(("http" | "https", _)) = given.split_once("://") {
            Url::parse(given)
        } else {
            return Err(malformed(api, "starts neither with \"/\" nor as a link of the service"));
        };
        let url = url.map_err(|_| malformed(api, "cannot be read as an address"))?;
        let below = path_below(base, prefix, &url).ok_or_else(|| foreign(api, base, &url))?;
        let segments = segments(below).map_err(|problem| malformed(api, problem))?;
        let prefix = prefix.len();
        Ok(Self { url, segments, prefix })
    }

    /// The path below the service's base, as sent.
    pub(crate) fn path(&self) -> &str {
        &self.url.path()[self.prefix..]
    }

    /// Path and query below the service's base, as sent.
    pub(crate) fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.path()),
            None => self.path().to_owned(),
        }
    }
}

/// The part of the path below the base, if the address is the service's own.
fn path_below<'u>(base: &Url, prefix: &str, url: &'u Url) -> Option<&'u str> {
    let own = url.origin() == base.origin() && url.username().is_empty() && url.password().is_none();
    url.path().strip_prefix(prefix).filter(|below| own && below.starts_with('/'))
}

fn segments(path: &str) -> Result<Vec<String>, &'static str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.split('/').map(segment).collect()
}

fn segment(encoded: &str) -> Result<String, &'static str> {
    let decoded =
        percent_decode_str(encoded).decode_utf8().map_err(|_| "holds an encoding that is not UTF-8")?;
    let twice = percent_decode_str(&decoded).decode_utf8_lossy();
    let hidden = |text: &str| text.contains(['/', '\\']) || matches!(text, "." | "..");
    match decoded.as_ref() {
        "" => Err("has an empty segment"),
        text if hidden(text) || hidden(&twice) => Err("hides a separator or a dot segment"),
        text if text.contains(char::is_control) => Err("holds an encoded control character"),
        text => Ok(text.to_lowercase()),
    }
}

fn malformed(api: Api, problem: &str) -> Refusal {
    Refusal::NotDeclared(format!(
        "the connector asked {api} for a path that {problem}: give the path as Azure documents it, or a \
         next link unchanged"
    ))
}

fn foreign(api: Api, base: &Url, url: &Url) -> Refusal {
    Refusal::ForeignHost(format!(
        "the connector followed a link to {}, which is not {api} ({}): nothing was sent there",
        host_of(url),
        host_of(base)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(base: &str, given: &str) -> Result<Target, Refusal> {
        Target::resolve(Api::Graph, &base.parse().unwrap(), given)
    }

    fn segments_of(given: &str) -> Vec<String> {
        resolve("https://graph.example", given).unwrap().segments
    }

    #[test]
    fn a_path_is_decoded_lowered_and_cut() {
        assert_eq!(segments_of("/v1.0/Users/a%40b?$top=9"), ["v1.0", "users", "a@b"]);
        assert_eq!(segments_of("/v1.0/users/"), ["v1.0", "users"]);
        assert_eq!(segments_of("/v1.0/me/../users/%2E%2e/groups"), ["v1.0", "groups"]);
        assert!(segments_of("/").is_empty());
    }

    #[test]
    fn a_link_of_the_service_is_taken_and_keeps_its_query() {
        let link = "https://graph.example/v1.0/users?$skiptoken=m~A%2FB&$top=2";
        let target = resolve("https://graph.example", link).unwrap();
        assert_eq!(target.url.as_str(), link);
        assert_eq!(target.path_and_query(), "/v1.0/users?$skiptoken=m~A%2FB&$top=2");
        assert!(resolve("https://graph.example", "https://GRAPH.example:443/v1.0/users").is_ok());
    }

    #[test]
    fn a_service_below_a_path_keeps_calls_below_it() {
        let base = "http://127.0.0.1:8080/graph/";
        let target = resolve(base, "/v1.0/users").unwrap();
        assert_eq!(target.url.as_str(), "http://127.0.0.1:8080/graph/v1.0/users");
        assert_eq!(target.segments, ["v1.0", "users"]);
        assert_eq!(target.path(), "/v1.0/users");
        assert_eq!(resolve(base, "http://127.0.0.1:8080/graph/v1.0/users").unwrap(), target);
        for elsewhere in [
            "/../arm/subscriptions",
            "/%2e%2e/arm/subscriptions",
            "http://127.0.0.1:8080/arm/subscriptions",
            "http://127.0.0.1:8080/graphic/v1.0",
        ] {
            assert!(matches!(resolve(base, elsewhere), Err(Refusal::ForeignHost(_))), "{elsewhere}");
        }
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_refused_and_names_the_host() {
        for link in [
            "https://evil.example/v1.0/users",
            "http://graph.example/v1.0/users",
            "https://graph.example:444/v1.0/users",
            "https://graph.example.evil.example/v1.0/users",
            "https://graph.example@evil.example/v1.0/users",
            "https://me:secret@graph.example/v1.0/users",
        ] {
            let Err(Refusal::ForeignHost(sentence)) = resolve("https://graph.example", link) else {
                panic!("{link} was taken");
            };
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for path in [
            "",
            "v1.0/users",
            "//evil.example/v1.0/users",
            "/v1.0//users",
            "/v1.0/users%2f..%2fme",
            "/v1.0/users%5cme",
            "/v1.0/%252e%252e/me",
            "/v1.0/a%252fb",
            "/v1.0\\users",
            "/v1.0/us\ners",
            "/v1.0/us%0aers",
            "/v1.0/%ff",
            "/v1.0/users#x",
            "https:/graph.example/v1.0",
            "HTTPS:graph.example",
            "file:///etc/passwd",
        ] {
            let refused = resolve("https://graph.example", path);
            assert!(matches!(refused, Err(Refusal::NotDeclared(_))), "{path}: {refused:?}");
        }
    }
}
