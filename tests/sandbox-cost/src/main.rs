//! What the sandbox costs: the same collectors, once as a component and once compiled natively, over the
//! same answers of Azure. Prints `{"native-ms": …, "component-ms": …}`, processor time each.

mod live;
mod pages;

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use clap::Parser;
use fairlead_c1::C1;
use fairlead_connector::{Connector as _, Context};
use fairlead_host::{Allocation, ConnectionInfo, Connector, Host, HostOptions, Services};
use fairlead_model::{CustomCloud, Mode, TenantId};
use rustix::time::{ClockId, clock_gettime};
use secrecy::SecretString;
use uuid::Uuid;

use crate::pages::Pages;

/// Rounds of each kind; the quickest counts, since whatever disturbs a round makes it slower.
const ROUNDS: usize = 7;

#[derive(Parser)]
struct Args {
    /// The component
    component: PathBuf,
    /// Addresses of the simulator
    cloud_file: PathBuf,
    /// The tenant
    tenant: TenantId,
    /// The application
    client_id: Uuid,
    /// Its secret
    #[arg(long, env = "FAIRLEAD_CLIENT_SECRET", hide_env_values = true)]
    client_secret: SecretString,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let cloud: CustomCloud = toml::from_str(&std::fs::read_to_string(&args.cloud_file)?)?;
    let folder = tempfile::tempdir()?;
    let allocation = Allocation::Pooled { calls: 1 };
    let cache_dir = folder.path().to_owned();
    let host = Host::new(HostOptions { allocation, cache_dir, ..HostOptions::default() })?;
    let connector = host.load(&args.component).await?;
    let gateway = live::gateway(cloud, args.tenant, args.client_id, args.client_secret)?;
    let info = ConnectionInfo {
        name: "bench".to_owned(),
        tenant_id: gateway.tenant_id(),
        mode: Mode::Read,
        settings: "{}".to_owned(),
        subscriptions: Vec::new(),
        management_group: None,
        entra_portal: gateway.entra_portal().to_owned(),
    };
    let pages = live::record(&connector, &gateway, &info).await?;
    let mut native = f64::MAX;
    let mut component = f64::MAX;
    for _ in 0..ROUNDS {
        native = native.min(natively(&info, &pages)?);
        component = component.min(as_component(&connector, &info, &pages).await?);
    }
    println!("{}", serde_json::json!({"native-ms": native, "component-ms": component}));
    Ok(())
}

/// Processor time of all tasks compiled into this program, in milliseconds.
fn natively(info: &ConnectionInfo, pages: &Arc<Pages>) -> Result<f64> {
    let context = Context::new(fairlead_connector::Connection {
        name: info.name.clone(),
        tenant_id: info.tenant_id.clone(),
        mode: info.mode.to_string(),
        settings: info.settings.clone(),
        subscriptions: info.subscriptions.clone(),
        management_group: info.management_group.clone(),
        entra_portal: info.entra_portal.clone(),
    })
    .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
    let started = processor_ms();
    for task in &pages.tasks {
        let task = fairlead_connector::Task {
            kind: task.kind.clone(),
            key: task.key.clone(),
            payload: task.payload.clone(),
        };
        let step = C1::run(&context, &task, &**pages).map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
        std::hint::black_box(step);
    }
    Ok(processor_ms() - started)
}

/// Processor time of all tasks in the sandbox, in milliseconds.
async fn as_component(connector: &Connector, info: &ConnectionInfo, pages: &Arc<Pages>) -> Result<f64> {
    let services = Services { azure: Some(pages.clone()), ..Services::default() };
    let started = processor_ms();
    for task in &pages.tasks {
        let step = connector.run(services.clone(), info, task).await;
        std::hint::black_box(step.with_context(|| format!("task {} {}", task.kind, task.key))?);
    }
    Ok(processor_ms() - started)
}

/// Processor time of this process so far, all threads, in milliseconds.
#[allow(clippy::cast_precision_loss, reason = "nanoseconds of a short program")]
fn processor_ms() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
