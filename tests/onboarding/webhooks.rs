//! Webhooks through the command: keys that are shown once, hints, endpoints that are told, and told again.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::mpsc::{Receiver, channel},
    thread,
};

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;
use standardwebhooks::Webhook;

use crate::command::{Desk, told};

const USAGE: i32 = 2;
const TENANT: i32 = 3;

/// A server that answers each request with the next status, and hands over what it was sent.
fn listener(statuses: &'static [u16]) -> (SocketAddr, Receiver<(HeaderMap, Vec<u8>)>) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    let (send, got) = channel();
    thread::spawn(move || {
        for (status, connection) in statuses.iter().zip(socket.incoming()) {
            let mut connection = connection.expect("a connection");
            let mut reader = BufReader::new(connection.try_clone().expect("the same connection"));
            let mut headers = HeaderMap::new();
            let mut line = String::new();
            reader.read_line(&mut line).expect("a request");
            loop {
                line.clear();
                reader.read_line(&mut line).expect("a header");
                let Some((name, value)) = line.trim_end().split_once(": ") else { break };
                let name: HeaderName = name.parse().expect("a header's name");
                headers.insert(name, value.parse().expect("a header's value"));
            }
            let length = headers["content-length"].to_str().ok().and_then(|text| text.parse().ok());
            let mut body = vec![0; length.expect("a length")];
            reader.read_exact(&mut body).expect("a body");
            write!(connection, "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .expect("an answer");
            let _ = send.send((headers, body));
        }
    });
    (address, got)
}

#[test]
fn a_senders_key_is_shown_once_and_never_again() {
    let desk = Desk::of("correct-cloudcraft");
    let none = desk.run(&["webhooks", "keys", "list"]).succeeded().stdout;
    assert!(none.contains("fairlead webhooks keys add"), "{none}");
    let key = desk.run(&["webhooks", "keys", "add", "portal"]).succeeded().stdout.trim().to_owned();
    assert!(
        Webhook::new(&key).is_ok() && key.starts_with("whsec_"),
        "a key and nothing else on standard output"
    );
    let second: Value = desk.run(&["--json", "webhooks", "keys", "add", "portal"]).succeeded().json();
    assert_ne!(second["key"], key.as_str());
    let listed = desk.run(&["--json", "webhooks", "keys", "list"]).succeeded();
    assert!(!listed.stdout.contains("whsec_"), "{listed:?}");
    let keys: Vec<Value> = listed.json();
    assert_eq!(keys.iter().map(|key| key["sender"].as_str()).collect::<Vec<_>>(), [Some("portal"); 2]);
    let id = second["id"].as_str().expect("an id");
    let _removed = desk.run(&["webhooks", "keys", "remove", id]).succeeded();
    assert_eq!(desk.run(&["--json", "webhooks", "keys", "list"]).succeeded().json::<Vec<Value>>().len(), 1);
    told(&desk.run(&["webhooks", "keys", "remove", id]), USAGE, &[id, "fairlead webhooks keys list"]);
    told(&desk.run(&["webhooks", "keys", "add", "--stdin", "portal"]), USAGE, &["whsec_"]);
    let traced = desk.traced(None, &["webhooks", "keys", "list"]).succeeded();
    assert!(!traced.stderr.contains(key.trim_start_matches("whsec_")), "{traced:?}");
}

#[test]
fn hints_are_printed_for_a_connection_there_is() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("estate", "cloudcraft", &[]).succeeded();
    let address = ["--address", "https://fairlead.example/"];
    let hints = |name| {
        let arguments = ["--json", "webhooks", "hints", name];
        desk.run(&arguments.into_iter().chain(address).collect::<Vec<_>>())
    };
    let printed: Value = hints("estate").succeeded().json();
    assert_eq!(printed["graph"]["notificationUrl"], "https://fairlead.example/webhooks/graph/estate");
    assert_eq!(printed["graph"]["clientState"].as_str().map(str::len), Some(64));
    assert_eq!(printed, hints("estate").succeeded().json::<Value>(), "the same again");
    assert_eq!(hints("nobody").code, Some(USAGE));
}

#[test]
fn an_endpoint_is_told_and_told_again() {
    let desk = Desk::of("correct-cloudcraft");
    let (at, got) = listener(&[204, 500, 200]);
    let url = format!("http://{at}/hook");
    told(&desk.run(&["webhooks", "endpoints", "add", &url]), USAGE, &["--allow-private"]);
    let add = ["--json", "webhooks", "endpoints", "add", "--allow-private", "--event", "run.finished", &url];
    let added: Value = desk.run(&add).succeeded().json();
    let (id, key) = (added["endpoint"]["id"].as_str(), added["key"]["key"].as_str());
    let (id, key) = (id.expect("an id"), key.expect("a key"));
    let test: Vec<Value> = desk.run(&["--json", "webhooks", "endpoints", "test", id]).succeeded().json();
    assert_eq!(test[0]["state"], "delivered");
    let (headers, body) = got.recv().expect("a message");
    Webhook::new(key).expect("a key").verify(&body, &headers).expect("a right signature");
    let announcement = headers["webhook-id"].to_str().expect("an id").to_owned();
    // It does not take it now; the command says so, and it will be tried again.
    let again = desk.run(&["webhooks", "redeliver", &announcement]);
    assert_eq!(again.code, Some(TENANT), "{again:?}");
    assert!(again.stdout.contains("status 500") && again.stdout.contains("again "), "{again:?}");
    let failed = desk.run(&["webhooks", "deliveries", "list", "--failed"]).succeeded().stdout;
    assert!(failed.contains(&announcement) && failed.contains("endpoint.test"), "{failed}");
    let _taken = desk.run(&["webhooks", "redeliver", &announcement, "--endpoint", id]).succeeded();
    for _ in 0..2 {
        let (headers, body) = got.recv().expect("a message");
        Webhook::new(key).expect("a key").verify(&body, &headers).expect("a right signature");
        assert_eq!(headers["webhook-id"], announcement.as_str(), "the same message");
    }
    let _disabled = desk.run(&["webhooks", "endpoints", "disable", id]).succeeded();
    told(&desk.run(&["webhooks", "endpoints", "test", id]), USAGE, &["disabled", "endpoints enable"]);
    let _rotated = desk.run(&["webhooks", "endpoints", "rotate", id]).succeeded();
    let _finished = desk.run(&["webhooks", "endpoints", "rotate", id, "--finish"]).succeeded();
    let listed = desk.run(&["webhooks", "endpoints", "list"]).succeeded().stdout;
    assert!(listed.contains("run.finished") && listed.contains("disabled"), "{listed}");
    let _removed = desk.run(&["webhooks", "endpoints", "remove", id]).succeeded();
    told(&desk.run(&["webhooks", "endpoints", "remove", id]), USAGE, &[id, "endpoints list"]);
}
