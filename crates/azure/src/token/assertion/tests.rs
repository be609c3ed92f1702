use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::*;

fn jwt(expires_in: i64) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"iss": "https://issuer.example", "sub": "me", "aud": ["a", "b"],
        "exp": Timestamp::now().as_second() + expires_in});
    format!("{}.{}.c2lnbmF0dXJl", part(json!({"alg": "RS256"})), part(claims))
}

/// A command that does what a line of shell says, whose arguments nothing may show.
fn command(line: &str) -> AssertionCommand {
    AssertionCommand::new(vec!["sh".into(), "-c".into(), line.into(), "argument-canary".into()])
}

async fn refused(provider: &dyn AssertionProvider) -> AssertionError {
    let error = provider.assertion().await.unwrap_err();
    let told = format!("{error} {error:?} {provider:?}");
    assert!(!told.contains("canary") && !told.contains("eyJ"), "{told}");
    error
}

#[tokio::test]
async fn a_file_is_read_anew_each_time_and_trimmed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let provider = AssertionFile::new(file.path().to_owned());
    for token in [jwt(60), jwt(120)] {
        std::fs::write(file.path(), format!(" {token}\n")).unwrap();
        let assertion = provider.assertion().await.unwrap();
        assert_eq!(assertion.expose_secret(), token);
        let told = AssertionTold::of(&assertion);
        assert_eq!((told.issuer.as_str(), told.subject.as_str()), ("https://issuer.example", "me"));
        assert_eq!(told.audience.to_string(), "a, b");
    }
}

#[tokio::test]
async fn what_is_no_assertion_says_what_it_is_instead() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let provider = AssertionFile::new(file.path().to_owned());
    for (content, told) in [
        (String::new(), "gives nothing"),
        ("canary".to_owned(), "does not give a token"),
        (format!("token: {}", jwt(60)), "does not give a token"),
        ("a.b.c".to_owned(), "does not give a token"),
        (jwt(-3600), "expired at"),
        ("x".repeat(70_000), "more than"),
    ] {
        std::fs::write(file.path(), content).unwrap();
        let error = refused(&provider).await.to_string();
        assert!(error.contains(told) && error.contains(&file.path().display().to_string()), "{error}");
    }
    let missing = refused(&AssertionFile::new("/nowhere/token".into())).await.to_string();
    assert!(missing.contains("/nowhere/token cannot be read: No such file"), "{missing}");
}

#[tokio::test]
async fn a_command_prints_the_assertion() {
    let token = jwt(60);
    let assertion = command(&format!("echo {token}")).assertion().await.unwrap();
    assert_eq!(assertion.expose_secret(), token);
    let pair =
        AssertionCommand::new(vec!["printf".into(), "%s.%s".into(), "no".into(), "shell; echo".into()]);
    assert!(matches!(refused(&pair).await, AssertionError::NotAToken { .. }));
}

#[tokio::test]
async fn a_command_that_fails_is_told_with_its_complaint_but_not_with_what_it_printed() {
    let line = format!("echo output-canary; echo the door is shut, {} output-canary >&2; exit 3", jwt(60));
    let error = refused(&command(&line)).await;
    assert_eq!(
        error.to_string(),
        "the command sh for the assertion failed with exit status: 3: the door is shut, … …; run it by hand to see why"
    );
}

#[tokio::test]
async fn a_command_that_cannot_be_started_or_ends_too_late_or_says_too_much_says_so() {
    let absent = AssertionCommand::new(vec!["/nowhere/program".into(), "canary".into()]);
    assert!(matches!(refused(&absent).await, AssertionError::NotStarted { .. }));
    assert!(matches!(refused(&AssertionCommand::new(vec![])).await, AssertionError::NoCommand));
    let endless = command("yes canary");
    assert!(matches!(refused(&endless).await, AssertionError::TooLong { .. }));
    let stuck = AssertionCommand { patience: Duration::from_millis(50), ..command("exec sleep 600") };
    assert!(matches!(refused(&stuck).await, AssertionError::TooSlow { .. }));
    assert!(matches!(refused(&command("true")).await, AssertionError::Empty { .. }));
}

#[tokio::test]
async fn a_command_may_chatter_beside_its_assertion() {
    let token = jwt(60);
    let line = format!("set -e; head -c 400000 /dev/zero | tr '\\0' d >&2; echo {token}");
    assert_eq!(command(&line).assertion().await.unwrap().expose_secret(), token);
    let failing = "head -c 400000 /dev/zero | tr '\\0' d >&2; echo ' the door is shut' >&2; exit 3";
    let error = refused(&command(failing)).await.to_string();
    assert!(error.contains("the door is shut; run it by hand"), "{error}");
}

#[tokio::test]
async fn what_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe, folder.path().to_owned()] {
        let error = refused(&AssertionFile::new(path)).await.to_string();
        assert!(error.contains("no file"), "{error}");
    }
}

#[tokio::test]
async fn a_file_nobody_may_run_is_no_command() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    let path = file.path().display().to_string();
    assert!(matches!(refused(&AssertionCommand::new(vec![path])).await, AssertionError::NotStarted { .. }));
}
