//! The planner's promises: nobody is starved, nobody is synced twice for one moment, and connections are spread.

use fairlead_model::RunId;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const START: i64 = 1_800_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

fn connection(name: &str, every: &str) -> Connection {
    serde_json::from_value(json!({
        "id": name, "connector": "example", "tenant": "contoso.example", "schedule": every,
        "client-id": uuid::Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
    }))
    .unwrap()
}

fn standing(scheduled_for: Timestamp, outcome: Outcome) -> Standing {
    Standing {
        run: RunId::now(),
        started_at: scheduled_for,
        scheduled_for: Some(scheduled_for),
        outcome,
        failure: None,
        failures: 0,
        at: scheduled_for,
    }
}

fn is_now(due: Due) -> bool {
    matches!(due, Due::Now { .. })
}

#[test]
fn a_new_connection_is_due_at_once_and_one_without_schedule_or_disabled_never() {
    let new = connection("one", "1d");
    assert!(is_now(due(&new, None, false, at(0))));
    assert_eq!(due(&Connection { enabled: false, ..new.clone() }, None, false, at(0)), Due::Never);
    assert_eq!(due(&Connection { schedule: None, ..new }, None, false, at(0)), Due::Never);
}

#[test]
fn missed_moments_are_made_up_for_once() {
    let one = connection("one", "1h");
    let Due::Now { moment } = due(&one, Some(&standing(at(0), Outcome::Complete)), false, at(86_400)) else {
        panic!("due");
    };
    assert!(moment > at(86_400 - 3600) && moment <= at(86_400), "the newest of those missed");
    let made_up = standing(moment, Outcome::Complete);
    let Due::At { at: next } = due(&one, Some(&made_up), false, at(86_401)) else { panic!("served") };
    assert_eq!(next.duration_since(moment).as_secs(), 3600);
}

#[test]
fn a_run_somebody_asked_for_serves_the_moments_before_it() {
    let one = connection("one", "1h");
    let by_hand = Standing { scheduled_for: None, ..standing(at(0), Outcome::Complete) };
    let Due::At { at: next } = due(&one, Some(&by_hand), false, at(1)) else { panic!("served") };
    assert!(next > at(1) && next <= at(3600));
    assert!(is_now(due(&one, Some(&by_hand), false, next)));
}

#[test]
fn a_stopped_or_killed_run_is_continued_at_once_and_a_running_one_left_alone() {
    let one = connection("one", "1d");
    assert!(is_now(due(&one, Some(&standing(at(0), Outcome::Stopped)), false, at(1))));
    assert!(is_now(due(&one, Some(&standing(at(0), Outcome::Running)), false, at(1))));
    assert_eq!(due(&one, Some(&standing(at(0), Outcome::Running)), true, at(1)), Due::Working);
}

#[test]
fn pauses_grow_up_to_the_time_between_two_moments() {
    let one = connection("one", "1h");
    let pauses: Vec<i64> = (1..=6)
        .map(|failures| {
            let failed =
                Standing { failure: Some(FailureKind::Retry), failures, ..standing(at(0), Outcome::Stopped) };
            let Due::At { at: next } = due(&one, Some(&failed), false, at(1)) else { panic!("a pause") };
            assert!(is_now(due(&one, Some(&failed), false, next)));
            next.duration_since(at(0)).as_secs() / 60
        })
        .collect();
    assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
}

#[test]
fn what_needs_a_person_waits_for_the_next_moment_or_for_a_change() {
    let one = connection("one", "1d");
    for kind in [FailureKind::Auth, FailureKind::Settings] {
        let failed = Standing { failure: Some(kind), failures: 1, ..standing(at(0), Outcome::Failed) };
        let Due::At { at: next } = due(&one, Some(&failed), false, at(7200)) else { panic!("a pause") };
        assert!(next > at(7200) && next <= at(86_400));
        let mended = Connection { updated_at: Some(at(60)), ..one.clone() };
        assert!(is_now(due(&mended, Some(&failed), false, at(7200))));
    }
}

#[test]
fn what_a_wrong_clock_wrote_is_not_believed() {
    let one = connection("one", "1h");
    let next_year = standing(at(365 * 86_400), Outcome::Complete);
    assert!(is_now(due(&one, Some(&next_year), false, at(0))));
    // A clock that is a little behind waits instead of syncing twice.
    let ahead = standing(at(600), Outcome::Complete);
    assert!(!is_now(due(&one, Some(&ahead), false, at(0))));
}

#[test]
fn four_hundred_connections_are_spread_over_the_time_between_two_moments() {
    let schedule: Schedule = "6h".parse().unwrap();
    let mut by_half_hour = [0_u32; 12];
    for number in 0..400 {
        let id: ConnectionId = format!("customer-{number}").parse().unwrap();
        by_half_hour[usize::try_from(Moments::of(&id, schedule).offset / 1800).unwrap()] += 1;
    }
    // 33 each if they were even; for random ones, 60 is five deviations away.
    assert!(by_half_hour.iter().all(|starts| (10..60).contains(starts)), "{by_half_hour:?}");
}

/// What becomes of one try.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Complete,
    Stopped,
    Killed,
    Failed(FailureKind),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Complete),
        2 => Just(Fate::Stopped),
        1 => Just(Fate::Killed),
        1 => Just(Fate::Failed(FailureKind::Retry)),
        1 => Just(Fate::Failed(FailureKind::Bug)),
        1 => Just(Fate::Failed(FailureKind::Auth)),
    ]
}

proptest! {
    #[test]
    fn a_moment_is_on_the_grid_and_between_now_and_one_step_before(
        name in "[a-z]{1,20}", minutes in 15_u32..=43_200, second in -4_000_000_000_i64..4_000_000_000,
    ) {
        let schedule: Schedule = format!("{minutes}m").parse().unwrap();
        let moments = Moments::of(&name.parse().unwrap(), schedule);
        let now = Timestamp::from_second(second).unwrap();
        let (newest, next) = (moments.newest(now), moments.after(now));
        prop_assert!((0..moments.every).contains(&moments.offset));
        prop_assert!(newest <= now && next > now);
        prop_assert_eq!(next.as_second() - newest.as_second(), moments.every);
        prop_assert_eq!(moments.newest(newest), newest);
    }

    /// Ticks a minute apart, one try at each tick that finds the connection due, whatever becomes of it; the
    /// clock goes back now and then.
    #[test]
    fn nobody_is_starved_and_nobody_synced_twice_for_one_moment(
        name in "[a-z]{1,20}",
        minutes in 15_u32..=180,
        fates in prop::collection::vec(fate(), 200),
        back in prop::collection::vec((0_usize..600, 1_i64..7200), 0..4),
    ) {
        let one = connection(&name, &format!("{minutes}m"));
        let every = i64::from(minutes) * 60;
        let mut fates = fates.into_iter().cycle();
        let mut stood: Option<Standing> = None;
        let mut served = std::collections::BTreeSet::new();
        let (mut clock, mut lived, mut tried_at, mut shift) = (0_i64, 0_i64, 0_i64, 0_i64);
        for tick in 0..600_usize {
            for (_, by) in back.iter().filter(|(when, _)| *when == tick) {
                clock -= by;
                shift += by;
            }
            clock += 60;
            lived += 60;
            if stood.as_ref().is_some_and(|stood| !is_believable(stood, one.schedule.unwrap(), at(clock))) {
                // It went back further than from one moment to the next: moments come again.
                served.clear();
            }
            let Due::Now { moment } = due(&one, stood.as_ref(), false, at(clock)) else {
                // Real time without a try: what is between two moments, and what the clock went back.
                prop_assert!(lived - tried_at <= 2 * every + shift + 60, "starved at {lived}");
                continue;
            };
            (tried_at, shift) = (lived, 0);
            let failures = stood.as_ref().map_or(0, |before| before.failures);
            let tried = |outcome, failure: Option<FailureKind>| Standing {
                failure,
                failures: if failure.is_some() { failures + 1 } else { failures },
                at: at(clock),
                started_at: at(clock),
                ..standing(moment, outcome)
            };
            stood = Some(match fates.next().unwrap() {
                Fate::Complete => {
                    prop_assert!(served.insert(moment), "twice for {moment}");
                    Standing { failures: 0, ..tried(Outcome::Complete, None) }
                }
                Fate::Stopped => tried(Outcome::Stopped, None),
                Fate::Killed => tried(Outcome::Running, None),
                Fate::Failed(FailureKind::Retry) => tried(Outcome::Stopped, Some(FailureKind::Retry)),
                Fate::Failed(kind) => tried(Outcome::Failed, Some(kind)),
            });
        }
    }
}
