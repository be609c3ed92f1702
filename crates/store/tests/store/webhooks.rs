//! What is remembered of messages that came and of what was announced, in a folder and as objects.

use std::{path::Path, sync::Arc};

use fairlead_model::{Announcement, Delivery, Endpoint, Happening, Sender};
use fairlead_store::{Hook, State};
use jiff::{Timestamp, ToSpan as _};
use object_store::memory::InMemory;
use uuid::Uuid;

fn announcement(id: u128) -> Announcement {
    let what = Happening::EndpointTest { endpoint: Uuid::from_u128(1) };
    let timestamp = Timestamp::from_second(i64::try_from(id).unwrap()).unwrap();
    Announcement { id: Uuid::from_u128(id), timestamp, what }
}

/// Both kinds of state; the folder lives as long as the test.
fn states() -> (tempfile::TempDir, [State; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let states = [State::folder(folder.path()).unwrap(), State::objects(Arc::new(InMemory::new()))];
    (folder, states)
}

#[tokio::test]
async fn a_message_is_remembered_by_sender_and_id_and_the_first_answer_counts() {
    let (_folder, states) = states();
    for state in states {
        let sender: Sender = "portal".parse().unwrap();
        let hook = |number| Hook { body: "b".repeat(64), validation: Uuid::from_u128(number) };
        assert_eq!(state.hook(&sender, "../../msg").await.unwrap(), None);
        state.save_hook(&sender, "../../msg", &hook(1)).await.unwrap();
        state.save_hook(&sender, "../../msg", &hook(2)).await.unwrap();
        assert_eq!(state.hook(&sender, "../../msg").await.unwrap(), Some(hook(1)));
        assert_eq!(state.hook(&sender, "msg").await.unwrap(), None);
        assert_eq!(state.hook(&"partner".parse().unwrap(), "../../msg").await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_endpoint_is_changed_as_it_was_read() {
    let (_folder, states) = states();
    for state in states {
        let endpoint = Endpoint {
            id: Uuid::from_u128(1),
            url: "https://contoso.example/".parse().unwrap(),
            events: vec![],
            allow_private: false,
            added_at: Timestamp::UNIX_EPOCH,
            disabled: None,
        };
        state.add_endpoint(&endpoint).await.unwrap();
        let read = state.endpoint(endpoint.id).await.unwrap().unwrap();
        let changed = Endpoint { allow_private: true, ..endpoint.clone() };
        assert!(state.change_endpoint(&read, Some(&changed)).await.unwrap());
        assert!(!state.change_endpoint(&read, None).await.unwrap(), "it is not what was read any more");
        assert_eq!(state.endpoints().await.unwrap().found, [changed]);
        let read = state.endpoint(endpoint.id).await.unwrap().unwrap();
        assert!(state.change_endpoint(&read, None).await.unwrap());
        assert_eq!(state.endpoints().await.unwrap().found, []);
    }
}

#[tokio::test]
async fn announcements_are_listed_newest_first_with_who_is_still_to_be_told() {
    let (_folder, states) = states();
    for state in states {
        for id in [1, 3, 2] {
            state.save_announcement(&announcement(id)).await.unwrap();
        }
        let listed = state.announcements(9).await.unwrap().found;
        assert_eq!(listed, [announcement(3), announcement(2), announcement(1)]);
        assert_eq!(state.announcements(1).await.unwrap().found.len(), 1);
        assert_eq!(state.undelivered().await.unwrap(), [1, 2, 3].map(Uuid::from_u128));
        state.mark_delivered(Uuid::from_u128(2)).await.unwrap();
        state.mark_delivered(Uuid::from_u128(2)).await.unwrap();
        assert_eq!(state.undelivered().await.unwrap(), [1, 3].map(Uuid::from_u128));
        let delivery =
            |endpoint| Delivery::new(Uuid::from_u128(1), Uuid::from_u128(endpoint), Timestamp::UNIX_EPOCH);
        assert!(state.change_delivery(0, &delivery(8)).await.unwrap());
        assert!(!state.change_delivery(0, &delivery(8)).await.unwrap(), "somebody else was first");
        assert!(state.change_delivery(0, &delivery(9)).await.unwrap());
        assert_eq!(state.deliveries(Uuid::from_u128(1)).await.unwrap().found, [delivery(8), delivery(9)]);
        assert_eq!(state.deliveries(Uuid::from_u128(2)).await.unwrap().found, []);
    }
}

#[tokio::test]
async fn what_is_old_is_forgotten_and_leaves_no_empty_folders() {
    let (folder, states) = states();
    for state in states {
        let sender: Sender = "portal".parse().unwrap();
        state.save_hook(&sender, "m", &Hook { body: String::new(), validation: Uuid::nil() }).await.unwrap();
        state.save_hint(&"contoso".parse().unwrap(), 7).await.unwrap();
        state.save_announcement(&announcement(1)).await.unwrap();
        let delivery = Delivery::new(Uuid::from_u128(1), Uuid::from_u128(2), Timestamp::UNIX_EPOCH);
        state.change_delivery(0, &delivery).await.unwrap();
        let now = Timestamp::now();
        assert_eq!(state.forget_before(now.checked_sub(1.hour()).unwrap()).await.unwrap(), 0);
        assert!(state.was_hinted(&"contoso".parse().unwrap(), 7).await.unwrap());
        assert_eq!(state.forget_before(now.checked_add(1.hour()).unwrap()).await.unwrap(), 5);
        assert_eq!(state.hook(&sender, "m").await.unwrap(), None);
        assert_eq!(state.announcements(9).await.unwrap().found, []);
        assert_eq!(state.undelivered().await.unwrap(), Vec::<Uuid>::new());
    }
    for place in ["hooks", "hints", "announcements", "deliveries"] {
        let left = std::fs::read_dir(Path::new(folder.path()).join(place)).unwrap().count();
        assert_eq!(left, 0, "{place}");
    }
}
