//! `fairlead webhooks hints`.

use fairlead_engine::webhooks::{HintSource, hint_value};
use fairlead_model::ConnectionId;
use fairlead_store::StoreError;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use url::Url;

use super::Open;
use crate::{
    failure::Failed,
    output::{self, Output},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    /// Where this installation answers, such as https://fairlead.contoso.example
    #[arg(long, value_name = "URL")]
    address: Url,
}

#[derive(Serialize)]
struct Hints {
    graph: Graph,
    #[serde(rename = "event-grid")]
    event_grid: EventGrid,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Graph {
    notification_url: String,
    lifecycle_notification_url: String,
    client_state: String,
}

#[derive(Serialize)]
struct EventGrid {
    endpoint: String,
}

pub(super) async fn run(args: Args, open: &Open, output: &Output) -> Result<(), Failed> {
    let id = &args.connection;
    if open.state.connection(id).await?.is_none() {
        return Err(StoreError::UnknownConnection(id.clone()).into());
    }
    let value = async |source| {
        let value = hint_value(&*open.secrets, source, id, Timestamp::now()).await?;
        Ok::<_, Failed>(value.expose_secret().to_owned())
    };
    let base = args.address.as_str().trim_end_matches('/');
    let graph = format!("{base}/webhooks/graph/{id}");
    let (state, key) = (value(HintSource::Graph).await?, value(HintSource::EventGrid).await?);
    let hints = Hints {
        graph: Graph {
            notification_url: graph.clone(),
            lifecycle_notification_url: graph,
            client_state: state,
        },
        event_grid: EventGrid { endpoint: format!("{base}/webhooks/event-grid/{id}?key={key}") },
    };
    output
        .note("Whoever knows these values can have the connection synced: keep them as you keep passwords.");
    output.value(&hints, |hints| {
        let mut table = output::table(["SUBSCRIPTION", "TAKES", "VALUE"]);
        table.add_row(["Microsoft Graph", "notificationUrl", &hints.graph.notification_url]);
        table.add_row(["", "lifecycleNotificationUrl", &hints.graph.lifecycle_notification_url]);
        table.add_row(["", "clientState", &hints.graph.client_state]);
        table.add_row(["Event Grid", "endpoint", &hints.event_grid.endpoint]);
        table.to_string()
    })
}
