//! Headers a connector may set and see.
//!
//! Both ways it is a list of what passes: a header that redirects, impersonates, or turns a declared
//! method into another one (X-HTTP-Method) is then refused without having to be known.

use fairlead_model::{Header, Refusal};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
        RETRY_AFTER,
    },
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Far more than any call of Azure has; a map of headers has an end of its own, and it is a panic.
const MOST: usize = 64;

/// The headers a connector asked for, with the defaults of a JSON API.
///
/// # Errors
/// `NotDeclared` for a header a connector may not set, or one that is none.
pub(crate) fn outgoing(given: &[Header], has_body: bool) -> Result<HeaderMap, Refusal> {
    if given.len() > MOST {
        return Err(Refusal::NotDeclared(format!("a connector may set {MOST} headers, not {}", given.len())));
    }
    let mut headers = HeaderMap::with_capacity(given.len() + 3);
    for header in given {
        let name = HeaderName::try_from(&header.name).ok().filter(may_set).ok_or_else(|| {
            Refusal::NotDeclared(format!(
                "a connector may not set the header \"{}\"",
                header.name.escape_debug()
            ))
        })?;
        let value = HeaderValue::try_from(&header.value).map_err(|_| {
            Refusal::NotDeclared(format!(
                "the connector gave the header \"{name}\" a value that cannot be sent"
            ))
        })?;
        headers.append(name, value);
    }
    headers.entry(ACCEPT).or_insert(JSON);
    if has_body {
        headers.entry(CONTENT_TYPE).or_insert(JSON);
    }
    Ok(headers)
}

fn may_set(name: &HeaderName) -> bool {
    [ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH].contains(name)
        || matches!(
            name.as_str(),
            "consistencylevel" | "prefer" | "client-request-id" | "x-ms-client-request-id" | "x-ms-version"
        )
}

/// The headers of a response that may concern a connector.
pub(crate) fn incoming(headers: &HeaderMap) -> Vec<Header> {
    headers
        .iter()
        .filter(|(name, _)| may_see(name))
        .filter_map(|(name, value)| {
            Some(Header { name: name.as_str().to_owned(), value: value.to_str().ok()?.to_owned() })
        })
        .collect()
}

fn may_see(name: &HeaderName) -> bool {
    [CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION, RETRY_AFTER].contains(name)
        || matches!(
            name.as_str(),
            "azure-asyncoperation" | "preference-applied" | "request-id" | "x-ms-request-id"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> Header {
        Header { name: name.into(), value: value.into() }
    }

    #[test]
    fn harmless_headers_pass_and_json_is_the_default() {
        let headers = outgoing(&[header("ConsistencyLevel", "eventual")], false).unwrap();
        assert_eq!(headers["consistencylevel"], "eventual");
        assert_eq!(headers[ACCEPT], "application/json");
        assert!(!headers.contains_key(CONTENT_TYPE));
        let own = outgoing(&[header("Accept", "text/plain")], true).unwrap();
        assert_eq!(own[ACCEPT], "text/plain");
        assert_eq!(own[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn headers_that_redirect_impersonate_or_change_the_method_are_refused() {
        for name in [
            "Authorization",
            "Host",
            "Cookie",
            "X-HTTP-Method",
            "X-HTTP-Method-Override",
            "X-Forwarded-Host",
            "x-ms-authorization-auxiliary",
            "Content-Length",
            "Transfer-Encoding",
            "Connection",
            "Accept-Encoding",
            "not a name",
            "",
        ] {
            let refused = outgoing(&[header(name, "x")], false);
            assert!(matches!(refused, Err(Refusal::NotDeclared(_))), "{name}");
        }
        assert!(outgoing(&[header("Prefer", "a\r\nHost: b")], false).is_err());
    }

    #[test]
    fn a_connector_sees_what_concerns_it() {
        let headers = [("content-type", "application/json"), ("set-cookie", "x"), ("server", "y")]
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        assert_eq!(incoming(&headers), [header("content-type", "application/json")]);
    }
}
