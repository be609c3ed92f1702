//! Signing in: what a token tells, and for each way it can fail a sentence with the next step.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fairlead_azure::{
    AssertionFile, ConnectError, Credential, Diagnosis, Gateway, GatewayOptions, Pace, SignInError,
    SigningCertificate,
};
use fairlead_model::{Api, Cloud, Mode, Refusal, Request};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::{self, CLIENT, Reply, SECRET, Server, TENANT, everything, get, quick, token};

/// A refusal as Entra words it since 2024; before, the tail stood on lines of its own.
fn refusal(status: u16, error: &str, code: u32, text: &str, separator: &str) -> Reply {
    let description = format!(
        "AADSTS{code}: {text}{separator}Trace ID: 7ace{separator}Correlation ID: c0\
         {separator}Timestamp: 2026-01-01 00:00:00Z"
    );
    Reply::json(
        status,
        &json!({"error": error, "error_description": description, "error_codes": [code],
            "timestamp": "2026-01-01 00:00:00Z", "trace_id": "7ace", "correlation_id": "c0"}),
    )
}

async fn refused_with(reply: Reply) -> (SignInError, Server) {
    refused(reply, SECRET).await
}

async fn refused(reply: Reply, secret: &str) -> (SignInError, Server) {
    let server = Server::start_with_entra(move |_| reply.clone()).await;
    let options = GatewayOptions { credential: Credential::ClientSecret(secret.into()), ..server.options() };
    let error = Gateway::connect(options).unwrap().sign_in(Api::Graph).await.unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(!told.contains(secret), "{told}");
    (error, server)
}

#[tokio::test]
async fn a_token_is_asked_for_once_a_service_and_tells_tenant_and_permissions() {
    let server = Server::start(|_| Reply::ok()).await;
    let gateway = server.gateway();
    assert_eq!(gateway.tenant_id(), TENANT);
    let signed_in = gateway.sign_in(Api::Graph).await.unwrap();
    assert_eq!(signed_in.claims.tid.as_deref(), Some(TENANT));
    assert_eq!(signed_in.claims.roles, ["User.Read.All"]);
    let lifetime = signed_in.expires_at.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((3500..=3599).contains(&lifetime), "{lifetime}");
    let policed = gateway.policed(everything(Mode::Read));
    let arm = Request::get(Api::ResourceManager, "/subscriptions");
    let calls = vec![get("/v1.0/users"), get("/v1.0/groups"), arm.clone(), arm];
    assert!(policed.send_all(calls).await.iter().all(Result::is_ok));
    let asked: Vec<_> = server
        .token_requests()
        .iter()
        .map(|seen| {
            assert_eq!(seen.method, "POST");
            assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
            let form: std::collections::BTreeMap<String, String> =
                url::form_urlencoded::parse(&seen.body).into_owned().collect();
            assert_eq!(form["grant_type"], "client_credentials");
            assert_eq!(form["client_id"], CLIENT.to_string());
            assert_eq!(form["client_secret"], SECRET);
            form["scope"].clone()
        })
        .collect();
    assert_eq!(asked, ["https://graph.microsoft.com/.default", "https://management.azure.com/.default"]);
}

#[tokio::test]
async fn a_token_near_its_end_is_renewed_and_serves_on_when_that_fails() {
    let server = Server::start_with_entra(|seen| match (seen.is_token(), seen.before) {
        (true, 0) => Reply::json(
            200,
            &json!({"token_type": "Bearer", "expires_in": 120, "ext_expires_in": 120, "access_token": "old"}),
        ),
        (true, 1) => Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"),
        (true, 2..=3) => Reply::reset(),
        (true, _) => token("new"),
        _ => Reply::ok(),
    })
    .await;
    let policed = server.reader();
    for _ in 0..3 {
        assert!(policed.send(get("/v1.0/users")).await.is_ok());
    }
    let tokens: Vec<_> =
        server.calls().iter().map(|seen| seen.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens[..2], ["Bearer old", "Bearer old"], "the old one still works");
    assert!(tokens[2].starts_with("Bearer e30."), "{tokens:?}");
}

#[tokio::test]
async fn every_documented_code_has_its_sentence_in_both_styles_of_description() {
    use Diagnosis as D;
    for (status, error, code, diagnosis, begins, remedy) in [
        (400, "invalid_request", 90002, D::TenantUnknown, "there is no tenant", "Directory (tenant) ID"),
        (400, "invalid_request", 900_023, D::TenantUnknown, "\"1111", "Directory (tenant) ID"),
        (400, "invalid_request", 90038, D::OtherCloud, "tenant 1111", "us-government"),
        (
            400,
            "unauthorized_client",
            700_016,
            D::ApplicationUnknown,
            "tenant 1111",
            "Application (client) ID",
        ),
        (400, "unauthorized_client", 7_000_112, D::ApplicationDisabled, "application", "Enabled for users"),
        (401, "invalid_client", 7_000_215, D::SecretWrong, "the client secret is not", "not the id"),
        (401, "invalid_client", 7_000_222, D::SecretExpired, "the client secret of", "make a new one"),
        (401, "invalid_client", 7_000_218, D::SecretWrong, "application", "public client"),
        (400, "invalid_grant", 53003, D::Blocked, "a conditional access policy", "exclude"),
        (400, "invalid_grant", 501_051, D::Blocked, "application", "Assignment required"),
        (400, "invalid_resource", 500_014, D::ServiceUnusable, "the service https://graph", "enable"),
        (400, "invalid_resource", 500_011, D::ServiceUnusable, "tenant 1111", "audiences"),
        (400, "invalid_scope", 70011, D::RequestWrong, "Entra ID does not understand", "audiences"),
        (401, "invalid_client", 700_027, D::SecretWrong, "Entra ID does not accept", "clock"),
    ] {
        // The line breaks of the older style are what azure_identity loses the code over.
        for separator in [" ", "\r\n"] {
            let reply = refusal(status, error, code, "It's \"wrong\".", separator);
            let (told, server) = refused_with(reply).await;
            let sentence = told.to_string();
            let SignInError::Refused {
                code: Some(seen),
                diagnosis: seen_as,
                trace_id,
                status: told_with,
                error: word,
                ..
            } = told
            else {
                panic!("{code}: {sentence}")
            };
            assert_eq!((seen, seen_as), (code, diagnosis), "{sentence}");
            assert_eq!((told_with, word.as_str()), (status, error));
            assert!(sentence.starts_with(begins) && sentence.contains(remedy), "{sentence}");
            assert!(sentence.contains(&format!("(AADSTS{code}): ")), "{sentence}");
            assert_eq!(trace_id.as_deref(), Some("7ace"));
            assert_eq!(server.token_requests().len(), 1, "AADSTS{code} does not go away by itself");
        }
    }
}

#[tokio::test]
async fn a_secrets_id_given_for_its_value_is_recognised() {
    let reply = refusal(401, "invalid_client", 7_000_215, "Invalid client secret provided.", " ");
    let (error, _) = refused(reply, "6f1d2c3b-0000-4000-8000-1234567890ab").await;
    assert!(error.to_string().contains("looks like the secret's id"), "{error}");
}

/// A certificate of one's own, in PEM with its key.
fn certificate() -> SigningCertificate {
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    SigningCertificate::from_pem(&format!("{}{}", certificate.pem(), key.serialize_pem()).into()).unwrap()
}

/// A token that says whose it is, as an outside issuer's, in a file.
fn assertion_file() -> (tempfile::NamedTempFile, Credential, String) {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"iss": "https://issuer.example", "sub": "workload:sync", "aud": "api://Mine"});
    let token = format!("{}.{}.c2ln", part(json!({"alg": "RS256"})), part(claims));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &token).unwrap();
    let credential = Credential::Assertion(Arc::new(AssertionFile::new(file.path().to_owned())));
    (file, credential, token)
}

#[tokio::test]
async fn a_certificate_or_an_assertion_takes_the_secrets_place_and_is_new_each_time() {
    let (_file, federated, token_in_file) = assertion_file();
    for (credential, given) in
        [(Credential::Certificate(certificate()), None), (federated, Some(token_in_file))]
    {
        let server = Server::start(|_| Reply::ok()).await;
        let gateway = Gateway::connect(GatewayOptions { credential, ..server.options() }).unwrap();
        for api in [Api::Graph, Api::ResourceManager] {
            gateway.sign_in(api).await.unwrap();
        }
        let assertions: Vec<_> = server
            .token_requests()
            .iter()
            .map(|seen| {
                let form: std::collections::BTreeMap<String, String> =
                    url::form_urlencoded::parse(&seen.body).into_owned().collect();
                assert_eq!(
                    form["client_assertion_type"],
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                );
                assert_eq!(
                    (form["client_id"].clone(), form.get("client_secret")),
                    (CLIENT.to_string(), None)
                );
                form["client_assertion"].clone()
            })
            .collect();
        match given {
            Some(token) => assert_eq!(assertions, [token.clone(), token]),
            None => assert_ne!(assertions[0], assertions[1]),
        }
    }
}

#[tokio::test]
async fn a_refused_certificate_or_assertion_is_told_with_what_to_enter_where() {
    use Diagnosis as D;
    let (_file, federated, _) = assertion_file();
    let certificate = certificate();
    let thumbprint = certificate.thumbprint().to_owned();
    let expired = "Client assertion contains an invalid signature. [Reason - The key used is expired.]";
    for (credential, code, words, diagnosis, told) in [
        (
            Credential::Certificate(certificate.clone()),
            700_027,
            "No key.",
            D::CertificateWrong,
            thumbprint.as_str(),
        ),
        (Credential::Certificate(certificate.clone()), 700_027, expired, D::CertificateWrong, "has expired"),
        (
            Credential::Certificate(certificate),
            7_000_112,
            "Disabled.",
            D::ApplicationDisabled,
            "Enabled for users",
        ),
        (
            federated.clone(),
            70_021,
            "None.",
            D::AssertionWrong,
            "issuer https://issuer.example, subject workload:sync",
        ),
        (federated.clone(), 700_211, "None.", D::AssertionWrong, "issuer exactly https://issuer.example"),
        (federated.clone(), 7_002_138, "None.", D::AssertionWrong, "subject exactly workload:sync"),
        (federated.clone(), 700_212, "None.", D::AssertionWrong, "for api://Mine"),
        (federated.clone(), 700_024, "Late.", D::AssertionWrong, "clock"),
        (federated, 90_002, "None.", D::TenantUnknown, "Directory (tenant) ID"),
    ] {
        let reply = refusal(401, "invalid_client", code, words, " ");
        let server = Server::start_with_entra(move |_| reply.clone()).await;
        let options = GatewayOptions { credential, ..server.options() };
        let error = Gateway::connect(options).unwrap().sign_in(Api::Graph).await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        assert!(!format!("{error:?}").contains("eyJ"), "{error:?}");
        assert!(
            matches!(error, SignInError::Refused { diagnosis: seen, .. } if seen == diagnosis),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn without_an_assertion_nobody_is_asked() {
    let server = Server::start(|_| Reply::ok()).await;
    let credential = Credential::Assertion(Arc::new(AssertionFile::new("/nowhere/token".into())));
    let gateway = Gateway::connect(GatewayOptions { credential, ..server.options() }).unwrap();
    let error = gateway.sign_in(Api::Graph).await.unwrap_err();
    assert!(
        error.to_string().starts_with("cannot sign in: the assertion file /nowhere/token cannot be read"),
        "{error}"
    );
    assert!(!error.is_transient() && server.token_requests().is_empty());
}

#[tokio::test]
async fn an_unknown_code_is_told_in_entras_words_without_its_ids_and_without_the_secret() {
    let words = format!("Odd thing with {SECRET}.");
    for separator in [" ", "\r\n"] {
        let (error, _) = refused_with(refusal(400, "invalid_request", 424_242, &words, separator)).await;
        assert_eq!(
            error.to_string(),
            format!(
                "Entra ID refuses to sign in to tenant {TENANT}: \"AADSTS424242: Odd thing with …\"; look the \
                 code up at https://login.microsoftonline.com/error"
            )
        );
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn a_busy_entra_is_asked_again_and_then_named_as_busy() {
    let limited = Reply::new(429, &[("retry-after", "0")], "Too Many Requests");
    let (error, server) = refused_with(limited.clone()).await;
    assert!(error.is_transient());
    assert!(error.to_string().contains("overloaded (HTTP 429): try again"), "{error}");
    assert_eq!(server.token_requests().len(), usize::from(quick().attempts));

    let transient = refusal(400, "temporarily_unavailable", 90033, "A transient error.", " ");
    assert!(refused_with(transient).await.0.is_transient());

    let recovering = Server::start_with_entra(move |seen| match seen.before {
        0 => limited.clone(),
        1 => Reply::new(503, &[], "<html>"),
        2 => Reply::reset(),
        _ => token("one"),
    })
    .await;
    let gateway = recovering.gateway();
    assert!(gateway.sign_in(Api::Graph).await.is_ok());
    assert_eq!(gateway.statistics().retries, 3);
}

#[tokio::test]
async fn an_answer_that_is_not_entras_says_so() {
    for reply in [
        Reply::new(407, &[("content-type", "text/html")], "<html>who are you</html>"),
        Reply::new(200, &[], "<html>welcome</html>"),
        Reply::json(200, &json!({"access_token": "x", "expires_in": "3599"})),
        Reply::json(404, &json!({"message": "no route"})),
    ] {
        let server = Server::start_with_entra(move |_| reply.clone()).await;
        let options = GatewayOptions { pace: Pace { attempts: 2, ..quick() }, ..server.options() };
        let error = Gateway::connect(options).unwrap().sign_in(Api::Graph).await.unwrap_err();
        assert!(matches!(error, SignInError::Garbled { .. }), "{error:?}");
        assert!(error.to_string().contains("127.0.0.1:"), "{error}");
        assert!(error.to_string().contains("not from Entra ID"), "{error}");
    }
}

#[tokio::test]
async fn a_dead_authority_is_unreachable_not_refusing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = listener.local_addr().unwrap();
    drop(listener);
    let live = Server::start(|_| Reply::ok()).await;
    let Cloud::Custom(mut cloud) = live.cloud() else { unreachable!() };
    cloud.authority = format!("http://{dead}/entra").parse().unwrap();
    let options = support::options(Cloud::Custom(cloud));
    let gateway = Gateway::connect(GatewayOptions { pace: quick(), ..options }).unwrap();
    let error = gateway.sign_in(Api::Graph).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot sign in: {dead} refuses connections: check that it is running and that the connection's \
             cloud names the right address"
        )
    );
    let refused = gateway.policed(everything(Mode::Read)).send(get("/v1.0/users")).await;
    assert!(matches!(refused, Err(Refusal::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn a_refused_sign_in_refuses_calls_as_a_matter_of_the_credential() {
    let server =
        Server::start_with_entra(|_| refusal(401, "invalid_client", 7_000_222, "Expired.", " ")).await;
    let refused = server.reader().send(get("/v1.0/users")).await;
    let Err(Refusal::Credential(sentence)) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains("has expired"), "{sentence}");
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn callers_that_need_the_same_token_wait_for_one_request() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let server =
        Server::start_with_entra(
            move |seen| {
                if seen.is_token() { token("one").held(&held) } else { Reply::ok() }
            },
        )
        .await;
    let policed = server.reader();
    let calls = (0..8).map(|n| get(&format!("/v1.0/users/{n}"))).collect();
    gate.add_permits(1);
    assert!(policed.send_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(server.token_requests().len(), 1);
}

#[tokio::test]
async fn no_secret_and_no_token_is_printed_by_anything() {
    let server = Server::start(|_| Reply::ok()).await;
    let options = server.options();
    let printed = format!("{options:?}");
    let gateway = Gateway::connect(options).unwrap();
    let policed = gateway.policed(everything(Mode::Read));
    let signed_in = gateway.sign_in(Api::Graph).await.unwrap();
    let response = policed.send(get("/v1.0/users")).await;
    let printed =
        format!("{printed} {gateway:?} {policed:?} {signed_in:?} {response:?} {:?}", gateway.pacing());
    assert!(!printed.contains(SECRET), "{printed}");
    assert!(!printed.contains("e30."), "{printed}");
}

#[test]
fn a_gateway_is_not_set_up_with_what_cannot_work() {
    let custom = |graph: &str, ca_file: Option<&str>| {
        Cloud::Custom(Box::new(fairlead_model::CustomCloud {
            authority: "http://localhost:1/".parse().unwrap(),
            graph: graph.parse().unwrap(),
            resource_manager: "http://127.0.0.1:1/".parse().unwrap(),
            graph_audience: None,
            resource_manager_audience: None,
            ca_file: ca_file.map(Into::into),
        }))
    };
    let connect = |cloud| Gateway::connect(support::options(cloud)).map(|_| ());
    assert_eq!(connect(custom("http://localhost:1/", None)), Ok(()));
    assert!(matches!(connect(custom("http://10.1.2.3/", None)), Err(ConnectError::PlainHttp { .. })));
    let missing = connect(custom("http://localhost:1/", Some("/nowhere/ca.pem"))).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/ca.pem"), "{missing}");
    let not_pem = connect(custom("http://localhost:1/", Some(file!()))).unwrap_err();
    assert!(matches!(not_pem, ConnectError::CaFile { .. }), "{not_pem:?}");
    let empty =
        GatewayOptions { credential: Credential::ClientSecret("".into()), ..support::options(Cloud::Public) };
    assert!(matches!(Gateway::connect(empty), Err(ConnectError::EmptySecret)));
}
