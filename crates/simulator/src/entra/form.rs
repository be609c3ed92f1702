//! The form of a token request, its credential in the body or in HTTP Basic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::aadsts::Refusal;
use crate::server::call::Request;

/// How the client proves who it is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing was sent.
    None,
    /// A client secret.
    Secret(String),
    /// A signed assertion: of a certificate, or of another issuer.
    Assertion(String),
}

/// A token request that has all its parts.
pub(super) struct TokenRequest {
    /// `client_id`
    pub(super) client: Uuid,
    /// The proof.
    pub(super) proof: Proof,
    /// What the token is asked for, without `/.default`.
    pub(super) resource: String,
    /// Asked of the older endpoint, which answers numbers as strings.
    pub(super) v1: bool,
    /// Whether the client can handle claims challenges (`xms_cc` = `CP1`).
    pub(super) handles_challenges: bool,
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Reads a token request; refuses it as Entra does when a part is missing.
pub(super) fn parse(request: &Request, v1: bool) -> Result<TokenRequest, Refusal> {
    if std::str::from_utf8(&request.body).is_err() {
        return Err(Refusal::new(9_002_313));
    }
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| {
        form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|it| !it.is_empty())
    };
    let required = |name: &str| {
        field(name).ok_or_else(|| {
            Refusal::saying(
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    };
    let grant = required("grant_type")?;
    if grant != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant}'.");
        return Err(Refusal::saying(70003, text));
    }
    let basic = basic(request);
    let client = match (&basic, field("client_id")) {
        (Some((id, _)), _) => id.as_str(),
        (None, Some(id)) => id,
        (None, None) => required("client_id")?,
    };
    let client = Uuid::try_parse(client).map_err(|_| {
        Refusal::saying(
            700_016,
            format!("Application with identifier '{client}' was not found in the directory."),
        )
    })?;
    let resource = if v1 { required("resource")?.to_owned() } else { of_scope(required("scope")?)? };
    let proof = match (field("client_assertion"), basic.map(|(_, secret)| secret), field("client_secret")) {
        (Some(assertion), ..) if field("client_assertion_type") == Some(JWT_BEARER) => {
            Proof::Assertion(assertion.to_owned())
        }
        (Some(_), ..) => return Err(Refusal::saying(900_144, "The client_assertion_type is not known.")),
        (None, Some(secret), _) => Proof::Secret(secret),
        (None, None, Some(secret)) => Proof::Secret(secret.to_owned()),
        (None, None, None) => Proof::None,
    };
    let handles_challenges = field("claims").is_some_and(|claims| claims.contains("\"CP1\""));
    Ok(TokenRequest { client, proof, resource, v1, handles_challenges })
}

/// The one resource of a scope; Entra wants exactly `<resource>/.default`.
fn of_scope(scope: &str) -> Result<String, Refusal> {
    let mut words = scope.split_whitespace().filter(|word| !OPENID.contains(word));
    let word = words.next().ok_or_else(|| {
        Refusal::saying(
            70011,
            format!("The provided request must include a scope with a resource: '{scope}'."),
        )
    })?;
    if words.next().is_some() {
        return Err(Refusal::new(28002));
    }
    if !word.contains("://") && Uuid::try_parse(word.split('/').next().unwrap_or(word)).is_err() {
        let text = format!("The provided value for the input parameter 'scope' is not valid: '{scope}'.");
        return Err(Refusal::saying(70011, text));
    }
    let resource = word.strip_suffix("/.default").ok_or_else(|| {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value \
             with /.default suffixed to the resource identifier (application ID URI)."
        );
        Refusal::saying(1_002_012, text)
    })?;
    Ok(resource.to_owned())
}

const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Client id and secret of an `Authorization: Basic` header, both form-encoded within.
fn basic(request: &Request) -> Option<(String, String)> {
    let encoded = request.header("authorization")?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |text: &str| {
        let plain = text.replace('+', " ");
        percent_encoding::percent_decode_str(&plain).decode_utf8().map(std::borrow::Cow::into_owned).ok()
    };
    Some((decoded(id)?, decoded(secret)?))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;

    const CLIENT: &str = "client_id=11111111-2222-4333-8444-555555555555&grant_type=client_credentials";

    fn request(body: &str) -> Request {
        let body = Bytes::from(body.to_owned());
        Request::new(
            Method::POST,
            "/t/oauth2/v2.0/token",
            HeaderMap::new(),
            body,
            "https://login",
            Uuid::nil(),
        )
    }

    fn code(body: &str) -> u32 {
        parse(&request(body), false).err().map_or(0, |refusal| refusal.code())
    }

    #[test]
    fn scopes_name_one_resource_with_default() {
        let scope = |scope: &str| code(&format!("{CLIENT}&scope={scope}"));
        assert_eq!(scope("https%3A%2F%2Fgraph.microsoft.com%2F.default"), 0);
        assert_eq!(scope("https://management.core.windows.net//.default"), 0);
        assert_eq!(scope("https://graph.microsoft.com/User.Read.All"), 1_002_012);
        assert_eq!(
            scope("https://graph.microsoft.com/.default+https://management.azure.com/.default"),
            28002
        );
        assert_eq!(scope("User.Read"), 70011);
        assert_eq!(scope(""), 900_144);
    }

    #[test]
    fn missing_parts_are_refused() {
        assert_eq!(code(""), 900_144);
        assert_eq!(code("grant_type=password"), 70003);
        assert_eq!(code("grant_type=client_credentials&scope=x"), 900_144);
    }

    #[test]
    fn the_credential_may_come_in_the_header() {
        let mut request = request("grant_type=client_credentials&scope=https://graph.microsoft.com/.default");
        let header = STANDARD.encode("11111111-2222-4333-8444-555555555555:a%2Bb");
        let value = HeaderValue::from_str(&format!("Basic {header}")).unwrap();
        request.headers.insert("authorization", value);
        let parsed = parse(&request, false).ok().unwrap();
        assert!(parsed.proof == Proof::Secret("a+b".to_owned()));
    }
}
