//! The guide through the command: it and a validation say the same.

use jiff::{SignedDuration, Timestamp};

use crate::command::{Desk, told};

const USAGE: i32 = 2;

#[test]
fn a_check_is_as_good_or_bad_as_a_validation_and_says_what_it_says() {
    for (scenario, connector, code) in [
        ("correct-cloudcraft", "cloudcraft", 0),
        ("sign-in-blocked", "cloudcraft", 3),
        ("sign-in-service-unusable", "cloudcraft", 3),
        ("subscription-disabled", "cloudcraft", 3),
        ("principal-missing", "cloudcraft", 3),
        ("role-denied", "cloudcraft", 3),
        ("resource-manager-down", "cloudcraft", 5),
    ] {
        let desk = Desk::of(scenario);
        let ends = Timestamp::now() + SignedDuration::from_hours(300 * 24);
        let ends = ends.strftime("%Y-%m-%d").to_string();
        let scope = ["--subscription", "60000000-0000-4000-8000-000000000001"];
        let more = [scope.as_slice(), &["--client-secret-expires", &ends]].concat();
        let _added = desk.connect("estate", connector, &more).succeeded();
        let validated = desk.run(&["validate", "estate"]);
        assert_eq!(validated.code, Some(code), "{scenario}: {validated:?}");
        let checked = desk.run(&["guide", "estate", "--check"]);
        assert_eq!(checked.code, Some(code), "{scenario}: {checked:?}");
        assert_eq!(
            checked.stdout.contains("Everything is done."),
            code == 0,
            "{scenario}: {}",
            checked.stdout
        );
        // Each remedy, word by word.
        for line in validated.stdout.lines().filter(|line| line.trim_start().starts_with(['>', '$'])) {
            assert!(checked.stdout.contains(line), "{scenario}: {line} is missing in {}", checked.stdout);
        }
        assert!(!checked.stdout.contains("connections add"), "{scenario}: it is added already");
    }
}

#[test]
fn a_guide_is_refused_for_a_mode_that_adding_refuses() {
    let desk = Desk::of("correct-cloudcraft");
    let guided = desk.run(&["guide", "cloudcraft", "--mode", "read-write"]);
    told(&guided, USAGE, &["cloudcraft has no mode \"read-write\""]);
}

#[test]
fn what_a_mode_comes_to_is_said() {
    let desk = Desk::of("correct-cado");
    let guide = desk.run(&["guide", "cado"]).succeeded().stdout;
    assert!(guide.contains("acquires nothing") && guide.contains("--mode read-write"), "{guide}");
    assert!(guide.contains("same-tenant=true"), "{guide}");
    let _added = desk.connect("estate", "cado", &[]).succeeded();
    let validated = desk.run(&["validate", "estate"]).stdout;
    assert!(validated.contains("acquires nothing") && validated.contains("--mode read-write"), "{validated}");
}

#[test]
fn the_last_step_is_a_command_with_all_that_was_said() {
    let desk = Desk::of("correct-c1-read");
    let said = ["--set", "skip-entra-id-p2-license-features=true", "--connection", "contoso"];
    let guide = desk.run(&[["guide", "c1"].as_slice(), &said].concat()).succeeded().stdout;
    let command = guide.lines().find(|line| line.contains("fairlead connections add contoso")).unwrap();
    for part in [
        "--set skip-entra-id-p2-license-features=true",
        "--client-id CLIENT-ID",
        "--client-secret-expires DATE",
    ] {
        assert!(command.contains(part), "{part} is missing in {command}");
    }
    let certificate = [said.as_slice(), &["--credential", "certificate"]].concat();
    let guide = desk.run(&[["guide", "c1"].as_slice(), &certificate].concat()).succeeded().stdout;
    assert!(guide.contains("--certificate FILE"), "{guide}");
}
