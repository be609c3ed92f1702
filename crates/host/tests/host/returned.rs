//! What a task returns is taken over only when it fits together and was declared.

use fairlead_host::{Cause, Limits};

use crate::support::{collecting, connection, fails, hostile, serves, task};

#[tokio::test]
async fn a_step_arrives_as_it_was_returned() {
    let step = serves(&hostile(Limits::default()).await).await;
    let users = &step.items[0];
    assert_eq!(users.kind, "user");
    assert_eq!(users.ids.iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(users.names.iter().collect::<Vec<_>>(), ["Ada", "Béla"]);
    assert_eq!(users.bodies.get(0), Some("{\"name\":\"Ada\"}"));
    let knows = &step.links[0];
    assert_eq!((knows.kind.as_str(), knows.origin.id.as_str()), ("knows", "1"));
    assert_eq!(knows.targets.iter().collect::<Vec<_>>(), ["2"]);
    assert_eq!(step.coverage[0].kind, "user");
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_not_taken() {
    let connector = hostile(Limits::default()).await;
    for (kind, problem) in [
        ("undeclared-kind", "items of kind \"secret-kind\", which its description does not declare"),
        ("undeclared-link", "links of kind \"secret-link\", which its description does not declare"),
        (
            "undeclared-removal",
            "removed items of kind \"secret-kind\", which its description does not declare",
        ),
        ("undeclared-coverage", "coverage of kind \"secret-kind\", which its description does not declare"),
        ("unequal-columns", "a batch of items of kind \"user\" has 2 ids, 1 names and 2 bodies"),
        ("bad-ends", "items of kind \"user\": a column's ends go backwards"),
        ("split-character", "items of kind \"user\": a text column has an end inside a character, at byte 1"),
        ("empty-id", "items of kind \"user\": an id is empty"),
        ("no-json", "items of kind \"user\": a body is not a JSON object: plain"),
    ] {
        let error = fails(&connector, kind).await;
        assert_eq!(error.cause(), &Cause::InvalidOutput(problem.to_owned()));
        assert_eq!(
            error.to_string(),
            format!(
                "connector hostile, task {kind}: it returned what cannot be accepted: {problem}; \
                 tell the connector's vendor"
            )
        );
    }
}

#[tokio::test]
async fn text_that_is_none_does_not_reach_the_host() {
    let error = fails(&hostile(Limits::default()).await, "bad-utf8").await.to_string();
    assert!(error.contains("task bad-utf8: it crashed (invalid utf-8"), "{error}");
}

/// What a connector can read of its own memory holds what it was given, and no token.
#[tokio::test]
async fn no_token_is_in_a_guests_memory() {
    let connector = hostile(Limits::default()).await;
    let settings = r#"{"tasks":["memory-dump"]}"#;
    let called = connector.run(collecting(), &connection(settings), &task("memory-dump")).await.unwrap();
    let bodies = &called.value.items[0].bodies;
    let found = |text: &str| bodies.iter().any(|body| body.contains(text));
    assert!(found("contoso"), "the dump does not even hold the connection's name");
    assert!(found("11111111-2222-3333-4444-555555555555"));
    assert!(found(r#"[{\"id\":\"1\"},{\"id\":\"2\"}]"#), "nor Azure's answer");
    assert!(found("request-id"));
    assert!(!found("Bearer"));
    assert!(!found("eyJhbGciOiJSUzI1NiJ9"));
}
