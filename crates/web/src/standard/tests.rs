//! Against the scheme's published vector, the scheme's own library, and whatever comes to a generator's mind.

use fairlead_secrets::WebhookKey;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use standardwebhooks::Webhook;

use super::*;

/// The vector in the tests of the scheme's own libraries.
const KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const MESSAGE: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
const AT: i64 = 1_649_367_553;
const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
const SIGNED: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

fn keys(texts: &[&str]) -> WebhookKeys {
    let mut keys = WebhookKeys::default();
    for text in texts {
        let key = WebhookKey::parse(text).unwrap();
        keys.add(KeptKey { sender: None, added_at: Timestamp::UNIX_EPOCH, key }).unwrap();
    }
    keys
}

fn new_key() -> String {
    WebhookKey::generate().unwrap().to_text().expose_secret().to_owned()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [(ID, id), (TIMESTAMP, timestamp), (SIGNATURE, signature)] {
        headers.insert(name, value.parse().unwrap());
    }
    headers
}

fn published() -> HeaderMap {
    headers(MESSAGE, &AT.to_string(), SIGNED)
}

#[test]
fn the_published_vector_is_signed_and_verified_as_published() {
    let keys = keys(&[KEY]);
    assert_eq!(signatures(&keys, MESSAGE, at(AT), BODY), SIGNED);
    let headers = published();
    let verified = verify(&keys, &headers, BODY, at(AT)).unwrap();
    assert_eq!((verified.id, verified.key.key.id()), (MESSAGE, keys.newest().unwrap().key.id()));
}

#[test]
fn clocks_may_be_five_minutes_apart_in_either_direction() {
    let keys = keys(&[KEY]);
    for (now, expected) in [(AT + 300, None), (AT - 300, None), (AT + 301, Some(-301)), (AT - 301, Some(301))]
    {
        let refused = verify(&keys, &published(), BODY, at(now)).err();
        assert_eq!(refused, expected.map(|seconds| Refused::Time { seconds }));
    }
}

#[test]
fn while_a_key_is_replaced_either_is_good() {
    let (old, new) = (new_key(), new_key());
    let both = keys(&[&old, &new]);
    let signed = signatures(&both, MESSAGE, at(AT), BODY);
    assert_eq!(signed.split(' ').count(), 2);
    let headers = headers(MESSAGE, &AT.to_string(), &format!("v1a,AAAA {signed} v2,x garbage"));
    for receiver in [&[old.as_str()][..], &[&new], &[&old, &new], &[KEY, &new]] {
        assert!(verify(&keys(receiver), &headers, BODY, at(AT)).is_ok());
    }
    assert_eq!(verify(&keys(&[KEY]), &headers, BODY, at(AT)).unwrap_err(), Refused::Signature);
    assert_eq!(verify(&keys(&[]), &headers, BODY, at(AT)).unwrap_err(), Refused::Signature);
}

#[test]
fn whatever_is_changed_the_signature_is_wrong() {
    let keys = keys(&[KEY]);
    let refused = |headers: &HeaderMap, body: &[u8]| verify(&keys, headers, body, at(AT)).err();
    let changed = |name: HeaderName, value: &str| {
        let mut headers = published();
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        headers
    };
    assert_eq!(refused(&published(), b""), Some(Refused::Signature));
    let time = AT.to_string();
    for (name, value) in [
        (ID, "msg_other"),
        (ID, ""),
        (ID, "a.b"),
        (ID, &"a".repeat(257)),
        (ID, "größe"),
        (TIMESTAMP, "1649367554"),
        (TIMESTAMP, ""),
        (TIMESTAMP, "soon"),
        (TIMESTAMP, &format!("+{time}")),
        (TIMESTAMP, &format!("0{time}")),
        (TIMESTAMP, &format!(" {time}x")),
        (TIMESTAMP, "-9223372036854775808"),
        (TIMESTAMP, "9223372036854775807"),
        (TIMESTAMP, "9223372036854775808"),
        (SIGNATURE, ""),
        (SIGNATURE, "v1,"),
        (SIGNATURE, &SIGNED[3..]),
        (SIGNATURE, &SIGNED[..20]),
        (SIGNATURE, &SIGNED.replace("v1,", "v1a,")),
        (SIGNATURE, &SIGNED.replace("v1,", "V1,")),
    ] {
        assert_eq!(refused(&changed(name.clone(), value), BODY), Some(Refused::Signature), "{name}: {value}");
    }
    for name in [ID, TIMESTAMP, SIGNATURE] {
        let mut without = published();
        without.remove(&name);
        assert_eq!(refused(&without, BODY), Some(Refused::Signature), "{name} is missing");
        let mut twice = published();
        twice.append(&name, twice[&name].clone());
        assert_eq!(refused(&twice, BODY), Some(Refused::Signature), "{name} is there twice");
    }
}

#[test]
fn a_moment_at_the_end_of_all_numbers_is_far_away_and_no_more() {
    let keys = keys(&[KEY]);
    for seconds in [i64::MIN, i64::MAX] {
        let timestamp = seconds.to_string();
        let parts = [MESSAGE.as_bytes(), b".", timestamp.as_bytes(), b".", BODY];
        let mac = keys.newest().unwrap().key.mac(&parts);
        let headers = headers(MESSAGE, &timestamp, &format!("v1,{}", STANDARD.encode(mac)));
        for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            assert!(matches!(verify(&keys, &headers, BODY, now), Err(Refused::Time { .. })));
        }
    }
}

#[test]
fn of_very_many_signatures_the_first_are_looked_at() {
    let keys = keys(&[KEY]);
    let other = format!("v1,{}", STANDARD.encode([0; 32]));
    let many = |before: usize| format!("{}{SIGNED}", format!("{other} ").repeat(before));
    let verified =
        |before| verify(&keys, &headers(MESSAGE, &AT.to_string(), &many(before)), BODY, at(AT)).is_ok();
    assert!(verified(MOST_SIGNATURES - 1));
    assert!(!verified(MOST_SIGNATURES));
}

/// A signature's text, right or changed in one place.
fn damaged(signature: &str) -> impl Strategy<Value = String> + use<> {
    let signature = signature.to_owned();
    prop_oneof![
        Just(signature.clone()),
        (0..signature.len(), any::<char>()).prop_map(move |(at, with)| {
            let mut characters: Vec<char> = signature.chars().collect();
            characters[at] = with;
            characters.into_iter().collect()
        }),
    ]
}

proptest! {
    #[test]
    fn the_schemes_own_library_takes_what_we_sign_and_we_take_what_it_signs(
        key in proptest::collection::vec(any::<u8>(), 24..=64),
        id in "[A-Za-z0-9_-]{1,256}",
        body in any::<String>(),
        skew in -290_i64..=290,
    ) {
        let text = format!("whsec_{}", STANDARD.encode(key));
        let (keys, theirs) = (keys(&[&text]), Webhook::new(&text).unwrap());
        let now = Timestamp::now();
        let sent = at(now.as_second() + skew);
        let ours = signatures(&keys, &id, sent, body.as_bytes());
        prop_assert_eq!(&ours, &theirs.sign(&id, sent.as_second(), body.as_bytes()).unwrap());
        let headers = headers(&id, &sent.as_second().to_string(), &ours);
        prop_assert!(theirs.verify(body.as_bytes(), &headers).is_ok());
        prop_assert!(verify(&keys, &headers, body.as_bytes(), now).is_ok());
    }

    #[test]
    fn what_the_schemes_own_library_refuses_we_refuse(
        id in prop_oneof![Just(MESSAGE.to_owned()), "[A-Za-z0-9_.-]{0,9}"],
        skew in prop_oneof![Just(0_i64), -1000_i64..=1000],
        // This one's signature over body, id and present time; then something of it is changed.
        body in prop_oneof![Just(BODY.to_vec()), proptest::collection::vec(any::<u8>(), 0..64)],
        signature in damaged(SIGNED),
    ) {
        let keys = keys(&[KEY]);
        let now = Timestamp::now().as_second();
        let right = signatures(&keys, MESSAGE, at(now), BODY);
        let signature = signature.replace(SIGNED, &right);
        let mut headers = HeaderMap::new();
        headers.insert(ID, id.parse().unwrap());
        headers.insert(TIMESTAMP, (now + skew).to_string().parse().unwrap());
        if let Ok(signature) = HeaderValue::from_str(&signature) {
            headers.insert(SIGNATURE, signature);
        }
        let theirs = Webhook::new(KEY).unwrap().verify(&body, &headers).is_ok();
        let ours = verify(&keys, &headers, &body, at(now)).is_ok();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn nothing_that_comes_by_itself_passes_or_breaks_anything(
        values in proptest::collection::vec(
            (0..3_usize, proptest::collection::vec(any::<u8>(), 0..300)), 0..6),
        texts in proptest::collection::vec((0..3_usize, "[v1a, ]{0,6}[A-Za-z0-9+/=]{0,60}"), 0..6),
        body in proptest::collection::vec(any::<u8>(), 0..300),
        now in any::<i32>(),
    ) {
        let mut headers = HeaderMap::new();
        let texts = texts.into_iter().map(|(name, text)| (name, text.into_bytes()));
        for (name, value) in values.into_iter().chain(texts) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append([ID, TIMESTAMP, SIGNATURE][name].clone(), value);
            }
        }
        let passed = verify(&keys(&[KEY, &new_key()]), &headers, &body, at(i64::from(now))).is_ok();
        prop_assert!(!passed);
    }
}
