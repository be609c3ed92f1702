//! What a connector logs reaches the log with run, connector and task, and cannot steer a terminal.

use std::{
    io,
    sync::{Arc, Mutex},
};

use fairlead_host::{Limits, Services};
use fairlead_model::RunId;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{connection, hostile, task};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

async fn logged(kind: &str, limits: Limits, run: RunId) -> String {
    let connector = hostile(limits).await;
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let services = Services { run: Some(run), ..Services::default() };
    // How the call ends is others' concern.
    let _ = connector.run(services, &connection("{}"), &task(kind)).await;
    drop(guard);
    lines.text()
}

#[tokio::test]
async fn a_line_names_run_connector_and_task() {
    let run = RunId::now();
    let text = logged("log-line", Limits::default(), run).await;
    let line = text.lines().find(|line| line.contains("one line")).expect(&text);
    assert!(line.contains("WARN fairlead_host::connector: one line\\u{1b}[2J"), "{line}");
    assert!(line.contains(&format!("run={run}")), "{line}");
    assert!(line.contains("connector=\"hostile\"") && line.contains("task=task log-line"), "{line}");
}

#[tokio::test]
async fn a_flood_ends_at_the_limit() {
    let limits = Limits { cpu_ms: 100, log_kib: 1, ..Limits::default() };
    let text = logged("log-flood", limits, RunId::now()).await;
    assert!(text.lines().count() < 60, "{}", text.lines().count());
    assert!(text.lines().last().is_some_and(|line| line.contains("dropped: limit log-kib")), "{text}");
}
