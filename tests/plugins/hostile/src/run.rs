//! Tasks: two that behave, and the others.

use std::hint::black_box;

use crate::{
    bindings::fairlead::connector::{
        azure,
        log::{self, Level},
        random, snapshot,
        types::{
            Api, Coverage, CoverageNote, Failure, ItemBatch, LinkBatch, Method, Reference, Refusal, Request,
            Response, Step, Task, Texts,
        },
    },
    memory,
};

pub(crate) fn run(task: &Task) -> Result<Step, Failure> {
    match task.kind.as_str() {
        "good" => Ok(good()),
        "users" => users().map(|response| answer(&response)),
        "memory-dump" => memory_dump(),
        "fail" => Err(Failure::Denied("the tenant says no\u{1b}[2J".to_owned())),
        "trap" => panic!("this was on purpose"),
        "unreachable" => {
            #[cfg(target_arch = "wasm32")]
            core::arch::wasm32::unreachable();
            #[cfg(not(target_arch = "wasm32"))]
            std::process::abort()
        }
        "loop" => loop {
            black_box(());
        },
        "allocate" => allocate(),
        "recursion" => Err(Failure::Fatal(recurse(u64::MAX).to_string())),
        "undeclared-call" => ask(Method::Delete, "/v1.0/applications/1").map(|response| answer(&response)),
        "undeclared-expand" => {
            ask(Method::Get, "/v1.0/users?$expand=manager").map(|response| answer(&response))
        }
        "endless" => Ok(and_then(1, task)),
        "endless-flood" => Ok(and_then(20, task)),
        "foreign-host" => ask(Method::Get, "https://collector.example/v1.0/users").map(|it| answer(&it)),
        "many-requests" => loop {
            let _ = ask(Method::Get, "/v1.0/users");
        },
        "requests-at-once" => {
            let refused = azure::send_all(&vec![request(Method::Get, "/v1.0/users"); 5_000]);
            Err(Failure::Fatal(format!("{} answers", refused.len())))
        }
        "read-snapshot" => Err(Failure::Fatal(snapshot::count_items("user").to_string())),
        "random-flood" => Err(Failure::Fatal(random::bytes(u32::MAX).len().to_string())),
        "log-flood" => loop {
            log::write(Level::Warn, "again and again and again\u{1b}[2J");
        },
        "log-line" => Ok(log_line()),
        kind => returned(kind),
    }
}

/// Misbehaviours that are in what is returned.
fn returned(kind: &str) -> Result<Step, Failure> {
    let mut step = good();
    match kind {
        "gigabytes" => step.items[0].bodies = gigabytes(),
        "many-tasks" => {
            let task =
                |key: u32| Task { kind: "good".to_owned(), key: key.to_string(), payload: String::new() };
            step.tasks = (0..50_000).map(task).collect();
        }
        "many-records" => step.links[0].targets = texts(&vec!["1"; 300_000]),
        "undeclared-kind" => "secret-kind".clone_into(&mut step.items[0].kind),
        "undeclared-link" => "secret-link".clone_into(&mut step.links[0].kind),
        "undeclared-removal" => {
            step.removed.push(Reference { kind: "secret-kind".to_owned(), id: "1".to_owned() });
        }
        "undeclared-coverage" => "secret-kind".clone_into(&mut step.coverage[0].kind),
        "unequal-columns" => step.items[0].names = texts(&["one"]),
        "bad-ends" => step.items[0].ids.ends = vec![7, 3],
        "split-character" => {
            step.items[0].names = Texts { values: "ü".to_owned() + "ü", ends: vec![1, 4] };
        }
        "bad-utf8" => step.items[0].names = Texts { values: broken_text(), ends: vec![1, 2] },
        "empty-id" => step.items[0].ids = texts(&["", "2"]),
        "no-json" => step.items[0].bodies = texts(&["{}", "plain"]),
        other => return Err(Failure::Fatal(format!("\"{other}\" is not a kind of misbehaviour"))),
    }
    Ok(step)
}

/// Two users who know each other.
fn good() -> Step {
    let link = LinkBatch {
        kind: "knows".to_owned(),
        origin: Reference { kind: "user".to_owned(), id: "1".to_owned() },
        target_kind: "user".to_owned(),
        targets: texts(&["2"]),
        labels: None,
        bodies: None,
    };
    let complete = CoverageNote {
        kind: "user".to_owned(),
        scope: String::new(),
        coverage: Coverage::Complete,
        reason: String::new(),
    };
    Step {
        items: vec![items("user", &[("1", "Ada", "{\"name\":\"Ada\"}"), ("2", "Béla", "{}")])],
        links: vec![link],
        coverage: vec![complete],
        ..empty()
    }
}

/// A step with so many tasks more of the same kind, each with a key that no other has.
fn and_then(tasks: u32, task: &Task) -> Step {
    let next = |number: u32| Task { key: format!("{}{number}/", task.key), ..task.clone() };
    Step { tasks: (0..tasks).map(next).collect(), ..good() }
}

fn empty() -> Step {
    Step {
        items: Vec::new(),
        links: Vec::new(),
        removed: Vec::new(),
        tasks: Vec::new(),
        bookmarks: Vec::new(),
        coverage: Vec::new(),
    }
}

fn items(kind: &str, rows: &[(&str, &str, &str)]) -> ItemBatch {
    let column = |of: fn(&(&str, &str, &str)) -> String| {
        let values: Vec<String> = rows.iter().map(of).collect();
        texts(&values)
    };
    ItemBatch {
        kind: kind.to_owned(),
        parent: None,
        ids: column(|row| row.0.to_owned()),
        names: column(|row| row.1.to_owned()),
        bodies: column(|row| row.2.to_owned()),
    }
}

fn texts<S: AsRef<str>>(strings: &[S]) -> Texts {
    let mut column = Texts { values: String::new(), ends: Vec::with_capacity(strings.len()) };
    for string in strings {
        column.values.push_str(string.as_ref());
        column.ends.push(u32::try_from(column.values.len()).unwrap_or(u32::MAX));
    }
    column
}

fn request(method: Method, path: &str) -> Request {
    Request { api: Api::Graph, method, path: path.to_owned(), headers: Vec::new(), body: None }
}

pub(crate) fn ask(method: Method, path: &str) -> Result<Response, Failure> {
    azure::send(&request(method, path))
        .map_err(|refusal| Failure::Fatal(format!("refused: {}", why(refusal))))
}

fn why(refusal: Refusal) -> String {
    match refusal {
        Refusal::NotDeclared(why) => format!("not declared: {why}"),
        Refusal::NotApproved(why) => format!("not approved: {why}"),
        Refusal::ReadOnly(why) => format!("read-only: {why}"),
        Refusal::ForeignHost(why) => format!("foreign host: {why}"),
        Refusal::Credential(why) => format!("credential: {why}"),
        Refusal::Unavailable(why) => format!("unavailable: {why}"),
        Refusal::Stopping => "stopping".to_owned(),
    }
}

fn users() -> Result<Response, Failure> {
    ask(Method::Get, "/v1.0/users?$select=id,displayName&$top=5")
}

/// Everything Azure's answer says, headers included.
fn answer(response: &Response) -> Step {
    let headers: Vec<String> =
        response.headers.iter().map(|header| format!("{}: {}", header.name, header.value)).collect();
    let body = serde_json::json!({
        "status": response.status,
        "headers": headers,
        "body": String::from_utf8_lossy(&response.body),
    });
    Step { items: vec![items("answer", &[("users", "Users", &body.to_string())])], ..empty() }
}

/// Asks Azure first, so that whatever comes along with an answer has been in this memory.
fn memory_dump() -> Result<Step, Failure> {
    let response = users()?;
    let found = memory::texts();
    black_box(response);
    let mut batch = items("memory", &[]);
    for (address, text) in found {
        let body = serde_json::json!({ "text": text }).to_string();
        for (column, value) in [
            (&mut batch.ids, address.to_string()),
            (&mut batch.names, String::new()),
            (&mut batch.bodies, body),
        ] {
            column.values.push_str(&value);
            column.ends.push(u32::try_from(column.values.len()).unwrap_or(u32::MAX));
        }
    }
    Ok(Step { items: vec![batch], ..empty() })
}

fn log_line() -> Step {
    log::write(Level::Warn, "one line\u{1b}[2J");
    good()
}

fn allocate() -> ! {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    loop {
        kept.push(black_box(vec![1; 1 << 20]));
    }
}

fn recurse(depth: u64) -> u64 {
    if depth == 0 { 0 } else { recurse(black_box(depth) - 1) + depth }
}

/// Many large bodies, all of them the same few bytes of memory where the host would copy each.
fn gigabytes() -> Texts {
    let size = 64 << 20;
    Texts { values: " ".repeat(size), ends: vec![1, u32::try_from(size).unwrap_or(u32::MAX)] }
}

fn broken_text() -> String {
    // SAFETY: it is not safe: this is text that is none, which only the host's check keeps out.
    unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe]) }
}
