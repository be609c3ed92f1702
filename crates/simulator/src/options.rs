//! The command line: a scenario, and flags that change it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser};
use fairlead_simulator::faults::PhysicsSettings;
use fairlead_simulator::server::running::Builder;
use fairlead_simulator::world::generate::Sizes;
use fairlead_simulator::{Scenario, Simulator};

const AFTER: &str = "\
One port serves everything. Requests find their service by host name (login.microsoftonline.com,
graph.microsoft.com, management.azure.com and their national twins), and on any other host by path:
  /{tenant}/oauth2/…, /{tenant}/v2.0/.well-known/…, /{tenant}/discovery/…   Entra
  /v1.0/…, /beta/…                                                         Microsoft Graph
  /_simulator/…                                                            the admin API (GET lists it)
  everything else                                                          Azure Resource Manager

Examples:
  fairlead-simulator --http --port 8080 --users 1000 --groups 100 --memberships 5000
  fairlead-simulator --port 0 --ca-file ca.pem --cloud-file cloud.toml --connection-file connection.json
  fairlead-simulator --scenario crates/simulator/scenarios/broken-onboardings.toml --print
  fairlead-simulator --http --latency-ms 20 --fault-throttled 0.05 --fault-reset 0.01
  curl -X PATCH localhost:8080/_simulator/physics -d '{\"faults\": {\"throttled\": 0.5}}'";

/// An Azure that runs on this machine: Entra, Microsoft Graph and Azure Resource Manager, with a tenant
/// generated from a seed.
///
/// Prints one line of JSON when it is ready. Stops on Ctrl-C or SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "fairlead-simulator", version, after_help = AFTER)]
pub(crate) struct Options {
    /// A scenario file (TOML); flags change what it says.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Everything generated follows from this number.
    #[arg(long)]
    seed: Option<u64>,
    /// The address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// Plain HTTP, without TLS.
    #[arg(long, conflicts_with_all = ["ca_file", "public_names"])]
    http: bool,
    /// Where to write the certificate authority (PEM) that clients must trust.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Name Azure's own hosts in the certificate, for clients that have them built in.
    #[arg(long)]
    public_names: bool,
    /// Where to write how to sign in as the generated reader (JSON, with its secret).
    #[arg(long, value_name = "FILE")]
    pub(crate) connection_file: Option<PathBuf>,
    /// Where to write the addresses of this cloud (TOML, a custom cloud of Fairlead).
    #[arg(long, value_name = "FILE")]
    pub(crate) cloud_file: Option<PathBuf>,
    /// Print all of the connection file, the secret included, instead of the addresses only.
    #[arg(long)]
    pub(crate) print: bool,
    /// Stop when standard input closes: a test that dies takes its simulator with it.
    #[arg(long)]
    pub(crate) until_stdin_closes: bool,
    /// Never compress answers.
    #[arg(long)]
    no_compression: bool,
    #[command(flatten)]
    sizes: SizeOptions,
    #[command(flatten)]
    physics: PhysicsOptions,
}

macro_rules! sizes {
    ($($(#[doc = $help:literal])* $name:ident),* $(,)?) => {
        /// Sizes of the first tenant.
        #[derive(Args, Debug)]
        #[command(next_help_heading = "Sizes of the (first) tenant")]
        struct SizeOptions {
            $($(#[doc = $help])* #[arg(long, value_name = "N")] $name: Option<u32>,)*
        }

        impl SizeOptions {
            fn change(&self, sizes: &mut Sizes) {
                $(if let Some(size) = self.$name { sizes.$name = size; })*
            }
        }
    };
}

sizes! {
    /// Users.
    users,
    /// Groups.
    groups,
    /// Direct memberships of groups, nested groups included.
    memberships,
    /// Of the memberships: groups in groups.
    nested,
    /// Rings of three groups.
    cycles,
    /// Devices.
    devices,
    /// Service principals of applications.
    service_principals,
    /// Managed identities.
    managed_identities,
    /// App-role assignments.
    app_role_assignments,
    /// Permanent directory role assignments.
    directory_role_assignments,
    /// PIM schedules of directory roles.
    directory_role_schedules,
    /// Management groups below the root.
    management_groups,
    /// Subscriptions.
    subscriptions,
    /// Resource groups in all subscriptions.
    resource_groups,
    /// Custom Azure roles.
    custom_roles,
    /// Azure role assignments.
    role_assignments,
    /// PIM schedules of Azure roles.
    role_schedules,
    /// Storage accounts.
    storage_accounts,
    /// Blob containers.
    containers,
}

/// Latency, limits and faults.
#[derive(Args, Debug)]
#[command(next_help_heading = "Physics (shares lie between 0 and 1)")]
struct PhysicsOptions {
    /// Milliseconds that every answer takes at least.
    #[arg(long, value_name = "MS")]
    latency_ms: Option<u64>,
    /// Up to this many milliseconds more, by lot.
    #[arg(long, value_name = "MS")]
    jitter_ms: Option<u64>,
    /// Seconds until a new grant, role or secret takes effect.
    #[arg(long, value_name = "S")]
    propagation_s: Option<u32>,
    /// No limits: nothing is throttled but by injected faults.
    #[arg(long)]
    no_limits: bool,
    /// Resource Units in 10 seconds at Graph, instead of Azure's number for the tenant's size.
    #[arg(long, value_name = "N")]
    graph_units: Option<u32>,
    /// Share answered 429.
    #[arg(long, value_name = "SHARE")]
    fault_throttled: Option<f64>,
    /// Share answered 503.
    #[arg(long, value_name = "SHARE")]
    fault_unavailable: Option<f64>,
    /// Share answered 500.
    #[arg(long, value_name = "SHARE")]
    fault_internal: Option<f64>,
    /// Share whose connection is reset.
    #[arg(long, value_name = "SHARE")]
    fault_reset: Option<f64>,
    /// Share whose answer breaks off.
    #[arg(long, value_name = "SHARE")]
    fault_truncated: Option<f64>,
    /// Share of Graph's pages that are empty but for a link.
    #[arg(long, value_name = "SHARE")]
    fault_empty_page: Option<f64>,
}

impl PhysicsOptions {
    fn change(&self, physics: &mut PhysicsSettings) {
        fn set<T: Copy>(wanted: Option<T>, place: &mut T) {
            if let Some(wanted) = wanted {
                *place = wanted;
            }
        }
        set(self.latency_ms, &mut physics.latency_ms);
        set(self.jitter_ms, &mut physics.jitter_ms);
        set(self.propagation_s, &mut physics.propagation_s);
        set(self.fault_throttled, &mut physics.faults.throttled);
        set(self.fault_unavailable, &mut physics.faults.unavailable);
        set(self.fault_internal, &mut physics.faults.internal);
        set(self.fault_reset, &mut physics.faults.reset);
        set(self.fault_truncated, &mut physics.faults.truncated);
        set(self.fault_empty_page, &mut physics.faults.empty_page);
        physics.limits.enabled &= !self.no_limits;
        physics.limits.graph_units = self.graph_units.or(physics.limits.graph_units);
    }
}

impl Options {
    /// What these options start.
    pub(crate) fn builder(&self) -> anyhow::Result<Builder> {
        let mut scenario = match &self.scenario {
            Some(path) => Scenario::load(path)?,
            None => Scenario::default(),
        };
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        self.sizes.change(&mut scenario.first_tenant().sizes);
        self.physics.change(&mut scenario.physics);
        let builder = Simulator::builder()
            .scenario(scenario)
            .listen(SocketAddr::new(self.address, self.port))
            .compress(!self.no_compression)
            .public_names(self.public_names);
        Ok(if self.http { builder } else { builder.secure(self.ca_file.as_deref()) })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Options::command().debug_assert();
    }

    #[test]
    fn flags_go_over_the_scenario() {
        let options =
            Options::try_parse_from(["x", "--http", "--users", "7", "--fault-reset", "0.5"]).unwrap();
        let mut scenario = Scenario::default();
        options.sizes.change(&mut scenario.first_tenant().sizes);
        options.physics.change(&mut scenario.physics);
        assert_eq!(scenario.tenants[0].sizes.users, 7);
        assert_eq!(scenario.tenants[0].sizes.groups, Sizes::default().groups);
        assert!((scenario.physics.faults.reset - 0.5).abs() < f64::EPSILON);
    }
}
