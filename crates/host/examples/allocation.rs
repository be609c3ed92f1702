//! Measures what an instance a call costs: memory from the system each time, and from a pool.
//!
//! `cargo run -p fairlead-host --example allocation -- target/plugins/tests/hostile.wasm`

use std::{error::Error, path::PathBuf, time::Instant};

use fairlead_host::{Allocation, ConnectionInfo, Host, HostOptions, Services};
use fairlead_model::{Mode, Task};

const CALLS: u32 = 5_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).ok_or("which component?")?;
    let cache = tempfile::tempdir()?;
    for allocation in [Allocation::OnDemand, Allocation::Pooled { calls: 32 }] {
        let options =
            HostOptions { allocation, cache_dir: cache.path().to_owned(), ..HostOptions::default() };
        let host = Host::new(options)?;
        host.load(&path).await?;
        let started = Instant::now();
        let connector = host.load(&path).await?;
        println!("{allocation:?}: loaded from the cache in {:?}", started.elapsed());
        let info = ConnectionInfo {
            name: String::new(),
            tenant_id: String::new(),
            mode: Mode::Read,
            settings: "{}".to_owned(),
            subscriptions: Vec::new(),
            management_group: None,
            entra_portal: String::new(),
        };
        let task = Task { kind: "good".to_owned(), key: String::new(), payload: String::new() };
        for _ in 0..3 {
            let started = Instant::now();
            for _ in 0..CALLS {
                connector.run(Services::default(), &info, &task).await?;
            }
            println!("{allocation:?}: {:?} a call", started.elapsed() / CALLS);
        }
    }
    let started = Instant::now();
    for _ in 0..CALLS {
        tokio::task::spawn_blocking(|| ()).await?;
    }
    println!("a thread for what blocks: {:?} a call", started.elapsed() / CALLS);
    Ok(())
}
