//! What every store must do.

use fairlead_secrets::{
    CertificatePem, KeptKey, KeysOf, Made, Origin, RotationToken, Secret, SecretError, SecretStore, Stage,
    Version, VersionStanding, WebhookKey, WebhookKeys,
};
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use secrecy::ExposeSecret as _;

use super::{CANARY, id, named, secret, tells_nothing};

/// The whole contract, on a store that is empty.
pub(crate) async fn holds(store: &dyn SecretStore) {
    an_empty_store_has_nothing(store).await;
    setting_keeps_the_one_before(store).await;
    rotating_keeps_two_until_the_new_one_is_proven(store).await;
    a_pending_one_can_be_dropped(store).await;
    nobody_promotes_or_drops_what_somebody_else_staged(store).await;
    connections_do_not_touch_each_other(store).await;
    a_certificate_comes_back_as_it_was(store).await;
    what_is_removed_leaves_nothing_to_its_successor(store).await;
    setting_after_a_rotation_keeps_the_one_before_and_nothing_pending(store).await;
    a_rotation_keeps_what_it_made_once_and_puts_it_to_use(store).await;
    fingerprints_tell_the_same_from_another(store).await;
    keys_of_webhooks_come_back_as_they_were(store).await;
    tells_nothing(&format!("{store:?} {}", store.place()));
}

async fn at(store: &dyn SecretStore, of: &str, stage: Stage) -> Option<String> {
    named(store.get(&id(of), stage).await.expect("an answer"))
}

/// Current, pending and previous.
async fn all(store: &dyn SecretStore, of: &str) -> [Option<String>; 3] {
    [
        at(store, of, Stage::Current).await,
        at(store, of, Stage::Pending).await,
        at(store, of, Stage::Previous).await,
    ]
}

fn are(names: [&str; 3]) -> [Option<String>; 3] {
    names.map(|name| (!name.is_empty()).then(|| name.to_owned()))
}

/// A version nothing has.
fn nowhere() -> Version {
    Version::from("00000000-0000-4000-8000-000000000000".to_owned())
}

fn nothing_pending(told: Result<(), SecretError>) {
    let error = told.expect_err("nothing is pending");
    assert!(matches!(error, SecretError::NothingPending(_)), "{error:?}");
    tells_nothing(&format!("{error} {error:?}"));
}

async fn an_empty_store_has_nothing(store: &dyn SecretStore) {
    let of = id("nobody");
    assert_eq!(all(store, "nobody").await, are(["", "", ""]));
    assert!(!store.remove(&of).await.expect("an answer"));
    store.discard(&of, &nowhere()).await.expect("nothing to do");
    nothing_pending(store.promote(&of, &nowhere()).await);
    let error = store.stage(&of, &secret("one")).await.expect_err("nothing to rotate");
    assert!(matches!(error, SecretError::NoCurrent(_)), "{error:?}");
    tells_nothing(&format!("{error} {error:?}"));
}

async fn setting_keeps_the_one_before(store: &dyn SecretStore) {
    let of = id("set");
    store.set(&of, &secret("one")).await.expect("set");
    assert_eq!(all(store, "set").await, are(["one", "", ""]));
    store.set(&of, &secret("one")).await.expect("set again");
    assert_eq!(all(store, "set").await, are(["one", "", ""]), "the same one changes nothing");
    store.set(&of, &secret("two")).await.expect("set");
    assert_eq!(all(store, "set").await, are(["two", "", "one"]));
}

async fn rotating_keeps_two_until_the_new_one_is_proven(store: &dyn SecretStore) {
    let of = id("rotated");
    store.set(&of, &secret("old")).await.expect("set");
    let new = store.stage(&of, &secret("new")).await.expect("staged");
    assert_eq!(all(store, "rotated").await, are(["old", "new", ""]));
    store.promote(&of, &new).await.expect("promoted");
    assert_eq!(all(store, "rotated").await, are(["new", "", "old"]));
    nothing_pending(store.promote(&of, &new).await);
    assert_eq!(all(store, "rotated").await, are(["new", "", "old"]));
    let newer = store.stage(&of, &secret("newer")).await.expect("staged");
    store.promote(&of, &newer).await.expect("promoted");
    assert_eq!(all(store, "rotated").await, are(["newer", "", "new"]));
}

async fn a_pending_one_can_be_dropped(store: &dyn SecretStore) {
    let of = id("dropped");
    store.set(&of, &secret("good")).await.expect("set");
    let bad = store.stage(&of, &secret("bad")).await.expect("staged");
    store.discard(&of, &bad).await.expect("dropped");
    store.discard(&of, &bad).await.expect("dropped already");
    assert_eq!(all(store, "dropped").await, are(["good", "", ""]));
    nothing_pending(store.promote(&of, &bad).await);
    let _better = store.stage(&of, &secret("better")).await.expect("staged");
    assert_eq!(all(store, "dropped").await, are(["good", "better", ""]));
}

async fn nobody_promotes_or_drops_what_somebody_else_staged(store: &dyn SecretStore) {
    let of = id("contended");
    store.set(&of, &secret("good")).await.expect("set");
    let first = store.stage(&of, &secret("proven")).await.expect("staged");
    let second = store.stage(&of, &secret("unproven")).await.expect("staged in its place");
    let error = store.promote(&of, &first).await.expect_err("it is not the pending one any more");
    assert!(matches!(error, SecretError::Superseded(_)), "{error:?}");
    tells_nothing(&format!("{error} {error:?}"));
    store.discard(&of, &first).await.expect("there is nothing of its own to drop");
    assert_eq!(all(store, "contended").await, are(["good", "unproven", ""]));
    // Also where both staged the same: each has proven its own.
    let third = store.stage(&of, &secret("unproven")).await.expect("staged again");
    assert!(store.promote(&of, &second).await.is_err());
    store.promote(&of, &third).await.expect("promoted");
    assert_eq!(all(store, "contended").await, are(["unproven", "", "good"]));
}

async fn connections_do_not_touch_each_other(store: &dyn SecretStore) {
    // AWS ends ARNs in a hyphen and six characters, which the second name looks like.
    for name in ["contoso", "contoso-london"] {
        store.set(&id(name), &secret(name)).await.expect("set");
    }
    store.set(&id("contoso"), &secret("other")).await.expect("set");
    assert_eq!(all(store, "contoso-london").await, are(["contoso-london", "", ""]));
    assert!(store.remove(&id("contoso")).await.expect("removed"));
    assert_eq!(at(store, "contoso-london", Stage::Current).await.as_deref(), Some("contoso-london"));
}

async fn a_certificate_comes_back_as_it_was(store: &dyn SecretStore) {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let certificate =
        CertificateParams::new(vec![]).expect("parameters").self_signed(&key).expect("a certificate");
    let file = format!("{}{}", certificate.pem(), key.serialize_pem());
    let (pem, facts) = CertificatePem::read(file.as_bytes(), None).expect("a certificate");
    store.set(&id("certified"), &Secret::Certificate(pem.clone())).await.expect("set");
    let kept = store.get(&id("certified"), Stage::Current).await.expect("an answer");
    let Some(Secret::Certificate(kept)) = kept else { panic!("a certificate was set") };
    assert_eq!(kept.expose().expose_secret(), pem.expose().expose_secret());
    assert_eq!(kept.facts(), Ok(facts));
}

async fn what_is_removed_leaves_nothing_to_its_successor(store: &dyn SecretStore) {
    let of = id("removed");
    store.set(&of, &secret("first")).await.expect("set");
    store.set(&of, &secret("second")).await.expect("set");
    let _third = store.stage(&of, &secret("third")).await.expect("staged");
    assert!(store.remove(&of).await.expect("removed"));
    assert!(!store.remove(&of).await.expect("removed already"));
    store.set(&of, &secret("successor")).await.expect("set anew");
    assert_eq!(all(store, "removed").await, are(["successor", "", ""]));
}

async fn setting_after_a_rotation_keeps_the_one_before_and_nothing_pending(store: &dyn SecretStore) {
    let of = id("set-again");
    store.set(&of, &secret("old")).await.expect("set");
    let new = store.stage(&of, &secret("new")).await.expect("staged");
    store.promote(&of, &new).await.expect("promoted");
    store.set(&of, &secret("by-hand")).await.expect("set");
    assert_eq!(all(store, "set-again").await, are(["by-hand", "", "new"]));
    nothing_pending(store.promote(&of, &new).await);
}

pub(crate) fn made(name: &str, token: &RotationToken) -> Made {
    let Secret::ClientSecret(value) = secret(name) else { unreachable!("it is a client secret") };
    let origin = Origin {
        token: token.clone(),
        key_id: uuid::Uuid::from_u128(1),
        client_id: uuid::Uuid::from_u128(2),
        tenant: "contoso.example".into(),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        not_after: jiff::Timestamp::MAX,
        retired: vec![],
    };
    Made { value, origin }
}

async fn a_rotation_keeps_what_it_made_once_and_puts_it_to_use(store: &dyn SecretStore) {
    let (of, token) = (id("turned"), RotationToken::random());
    let version = async || store.standing(&of, &token).await.expect("an answer").version;
    let first = made("made", &token);
    let error = store.keep(&of, &first).await.expect_err("nothing to rotate");
    assert!(matches!(error, SecretError::NoCurrent(_)), "{error:?}");
    nothing_pending(store.finish(&of, &token).await);
    store.set(&of, &secret("given")).await.expect("set");
    assert_eq!(version().await, VersionStanding::Unknown);
    assert!(store.made(&of, &token).await.expect("an answer").is_none());
    store.keep(&of, &first).await.expect("kept");
    store.keep(&of, &first).await.expect("kept already");
    assert_eq!(version().await, VersionStanding::Pending);
    assert_eq!(store.unfinished(&of).await.expect("an answer").as_ref(), Some(&token));
    let there = store.made(&of, &token).await.expect("an answer").expect("it is kept");
    assert_eq!(there.origin, first.origin);
    store.finish(&of, &token).await.expect("finished");
    store.finish(&of, &token).await.expect("finished already");
    assert_eq!(version().await, VersionStanding::Current);
    assert_eq!(all(store, "turned").await, are(["made", "", "given"]));
    assert!(store.unfinished(&of).await.expect("an answer").is_none());
    let kept = store.kept(&of, Stage::Current).await.expect("an answer").expect("a secret");
    assert_eq!(kept.origin.as_ref(), Some(&first.origin));
    tells_nothing(&format!("{kept:?} {there:?}"));
    // Another one comes, then somebody by hand.
    let next = RotationToken::random();
    store.keep(&of, &made("next", &next)).await.expect("kept");
    store.finish(&of, &next).await.expect("finished");
    assert_eq!(version().await, VersionStanding::Superseded);
    store.set(&of, &secret("by-hand")).await.expect("set");
    assert_eq!(all(store, "turned").await, are(["by-hand", "", "next"]));
    let kept = store.kept(&of, Stage::Current).await.expect("an answer").expect("a secret");
    assert!(kept.origin.is_none());
}

/// The names of the keys, in order.
async fn keys(store: &dyn SecretStore, of: KeysOf) -> Vec<String> {
    store.webhook_keys(of).await.expect("an answer").iter().map(|kept| kept.key.id()).collect()
}

async fn keys_of_webhooks_come_back_as_they_were(store: &dyn SecretStore) {
    let endpoint = KeysOf::Endpoint(uuid::Uuid::from_u128(7));
    assert_eq!(keys(store, KeysOf::Senders).await, Vec::<String>::new());
    store.set_webhook_keys(KeysOf::Senders, &WebhookKeys::default()).await.expect("nothing to do");
    let mut given = WebhookKeys::default();
    for sender in ["portal", "partner"] {
        let key = WebhookKey::generate().expect("randomness");
        let sender = Some(sender.parse().expect("a name"));
        given.add(KeptKey { sender, added_at: Timestamp::UNIX_EPOCH, key }).expect("another one");
    }
    let all: Vec<String> = given.iter().map(|kept| kept.key.id()).collect();
    store.set_webhook_keys(KeysOf::Senders, &given).await.expect("set");
    store.set_webhook_keys(endpoint, &given).await.expect("set");
    assert_eq!(keys(store, KeysOf::Senders).await, all);
    let kept = store.webhook_keys(KeysOf::Senders).await.expect("an answer");
    assert_eq!(kept.newest().and_then(|kept| kept.sender.clone()).expect("a sender").as_str(), "partner");
    given.retain(|kept| kept.key.id() != all[0]);
    store.set_webhook_keys(KeysOf::Senders, &given).await.expect("set");
    assert_eq!(keys(store, KeysOf::Senders).await, all[1..]);
    assert_eq!(keys(store, endpoint).await, all, "of others nothing changes");
    store.set_webhook_keys(KeysOf::Senders, &WebhookKeys::default()).await.expect("removed");
    assert_eq!(keys(store, KeysOf::Senders).await, Vec::<String>::new());
    store.set_webhook_keys(KeysOf::Senders, &given).await.expect("set anew");
    assert_eq!(keys(store, KeysOf::Senders).await, all[1..]);
}

async fn fingerprints_tell_the_same_from_another(store: &dyn SecretStore) {
    let fingerprint = store.fingerprint(&secret("one")).await.expect("a fingerprint");
    assert_eq!(fingerprint, store.fingerprint(&secret("one")).await.expect("a fingerprint"));
    assert_ne!(fingerprint, store.fingerprint(&secret("two")).await.expect("a fingerprint"));
    assert!(!fingerprint.contains(CANARY) && fingerprint.len() == 64, "{fingerprint}");
}
