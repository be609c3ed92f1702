//! The examples of docs/webhooks.md, run as they stand there against a server that listens.

use std::{process::Command, sync::atomic::Ordering};

use fairlead_model::Message;

use crate::support::{World, finish};

/// The examples for a shell, in their order.
fn examples() -> Vec<String> {
    let page = include_str!("../../../../docs/webhooks.md");
    let blocks = page.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn the_examples_for_senders_work() {
    let world = World::new().await;
    let key = world.key("portal");
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    world.now.store(jiff::Timestamp::now().as_second(), Ordering::SeqCst);
    let router = world.router.clone();
    tokio::spawn(async move { axum::serve(socket, router).await });
    // A worker, so that who waits is given a report.
    let (queue, state) = (world.queue.clone(), world.state.clone());
    tokio::spawn(async move {
        loop {
            queue.arrived.notified().await;
            for message in queue.take() {
                let Message::Validate { id, .. } = message else { panic!("{message:?}") };
                finish(&state, id).await;
            }
        }
    });
    let [ask, status] = &examples()[..] else { panic!("two examples are documented") };
    let status = status.lines().skip(1).collect::<Vec<_>>().join("\n");
    let script = format!(
        "set -eu\n{ask}\nprintf '\\n'\nvalidation=$({ask_again} | tr -d '\\r' | sed -n 's/^location: //p')\n{status}\n",
        ask_again = ask
            .lines()
            .skip_while(|line| !line.starts_with("curl"))
            .collect::<Vec<_>>()
            .join("\n")
            .replacen("curl", "curl --dump-header - --output /dev/null", 1),
    );
    let run = tokio::task::spawn_blocking(move || {
        Command::new("bash").arg("-c").arg(script).env("FAIRLEAD", address).env("KEY", key).output()
    });
    let ran = run.await.unwrap().expect("bash, curl and openssl are installed");
    let (told, problems) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert!(ran.status.success(), "{told}\n{problems}");
    let answers: Vec<serde_json::Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{told}\n{problems}")))
        .collect();
    let [asked, report] = &answers[..] else { panic!("{told}\n{problems}") };
    assert_eq!(asked["state"], "done", "{told}");
    assert_eq!(asked, report);
}
