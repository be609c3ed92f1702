//! Between the interface's types and ours. Columns are moved, not copied: only their ends are checked.

use bytes::Bytes;
use fairlead_model::{
    Api, Blobs, Bookmark, Coverage, CoverageNote, Failure, Header, Method, Mode, Refusal, Request, Response,
    Task, Texts,
    artifact::{Column, Framing, NamedColumn},
    snapshot::{Ends, ItemPage, LinkKey, LinkPage},
};

use crate::{
    bindings::fairlead::connector::{artifact as wit_artifact, snapshot as wit_snapshot, types as wit},
    connector::ConnectionInfo,
    work::plain,
};

impl From<wit::Api> for Api {
    fn from(api: wit::Api) -> Self {
        match api {
            wit::Api::Graph => Self::Graph,
            wit::Api::ResourceManager => Self::ResourceManager,
            wit::Api::Storage => Self::Storage,
            wit::Api::Kubernetes => Self::Kubernetes,
        }
    }
}

impl From<wit::Method> for Method {
    fn from(method: wit::Method) -> Self {
        match method {
            wit::Method::Get => Self::Get,
            wit::Method::Head => Self::Head,
            wit::Method::Post => Self::Post,
            wit::Method::Put => Self::Put,
            wit::Method::Patch => Self::Patch,
            wit::Method::Delete => Self::Delete,
        }
    }
}

impl From<wit::Request> for Request {
    fn from(request: wit::Request) -> Self {
        let headers = request.headers.into_iter();
        Self {
            api: request.api.into(),
            method: request.method.into(),
            path: request.path,
            headers: headers.map(|header| Header { name: header.name, value: header.value }).collect(),
            body: request.body.map(Bytes::from),
        }
    }
}

impl From<Response> for wit::Response {
    fn from(response: Response) -> Self {
        let headers = response.headers.into_iter();
        Self {
            status: response.status,
            headers: headers.map(|header| wit::Header { name: header.name, value: header.value }).collect(),
            body: response.body.into(),
        }
    }
}

impl From<Refusal> for wit::Refusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotDeclared(why) => Self::NotDeclared(why),
            Refusal::NotApproved(why) => Self::NotApproved(why),
            Refusal::ReadOnly(why) => Self::ReadOnly(why),
            Refusal::ForeignHost(why) => Self::ForeignHost(why),
            Refusal::Credential(why) => Self::Credential(why),
            Refusal::Unavailable(why) => Self::Unavailable(why),
            Refusal::Stopping => Self::Stopping,
        }
    }
}

impl From<wit::Failure> for Failure {
    fn from(failure: wit::Failure) -> Self {
        match failure {
            wit::Failure::Settings(why) => Self::Settings(plain(&why)),
            wit::Failure::Denied(why) => Self::Denied(plain(&why)),
            wit::Failure::RetryLater(why) => Self::RetryLater(plain(&why)),
            wit::Failure::Fatal(why) => Self::Fatal(plain(&why)),
        }
    }
}

impl From<&Task> for wit::Task {
    fn from(task: &Task) -> Self {
        Self { kind: task.kind.clone(), key: task.key.clone(), payload: task.payload.clone() }
    }
}

impl From<wit::Task> for Task {
    fn from(task: wit::Task) -> Self {
        Self { kind: task.kind, key: task.key, payload: task.payload }
    }
}

impl From<&Bookmark> for wit::Bookmark {
    fn from(bookmark: &Bookmark) -> Self {
        Self { stream: bookmark.stream.clone(), token: bookmark.token.clone() }
    }
}

impl From<wit::Bookmark> for Bookmark {
    fn from(bookmark: wit::Bookmark) -> Self {
        Self { stream: bookmark.stream, token: bookmark.token }
    }
}

impl From<wit::Coverage> for Coverage {
    fn from(coverage: wit::Coverage) -> Self {
        match coverage {
            wit::Coverage::Complete => Self::Complete,
            wit::Coverage::Partial => Self::Partial,
            wit::Coverage::Denied => Self::Denied,
            wit::Coverage::Unlicensed => Self::Unlicensed,
            wit::Coverage::Skipped => Self::Skipped,
        }
    }
}

impl From<Coverage> for wit::Coverage {
    fn from(coverage: Coverage) -> Self {
        match coverage {
            Coverage::Complete => Self::Complete,
            Coverage::Partial => Self::Partial,
            Coverage::Denied => Self::Denied,
            Coverage::Unlicensed => Self::Unlicensed,
            Coverage::Skipped => Self::Skipped,
        }
    }
}

impl From<wit::CoverageNote> for CoverageNote {
    fn from(note: wit::CoverageNote) -> Self {
        let coverage = note.coverage.into();
        Self { kind: note.kind, scope: note.scope, coverage, reason: plain(&note.reason) }
    }
}

impl From<CoverageNote> for wit::CoverageNote {
    fn from(note: CoverageNote) -> Self {
        Self { kind: note.kind, scope: note.scope, coverage: note.coverage.into(), reason: note.reason }
    }
}

impl From<&ConnectionInfo> for wit::Connection {
    fn from(info: &ConnectionInfo) -> Self {
        let mode = match info.mode {
            Mode::Read => "read",
            Mode::ReadWrite => "read-write",
        };
        Self {
            name: info.name.clone(),
            tenant_id: info.tenant_id.clone(),
            mode: mode.to_owned(),
            settings: info.settings.clone(),
            subscriptions: info.subscriptions.clone(),
            management_group: info.management_group.clone(),
            entra_portal: info.entra_portal.clone(),
        }
    }
}

impl TryFrom<wit::Texts> for Texts {
    type Error = String;

    fn try_from(texts: wit::Texts) -> Result<Self, String> {
        Self::from_parts(texts.values, texts.ends)
    }
}

impl From<Texts> for wit::Texts {
    fn from(texts: Texts) -> Self {
        let (values, ends) = texts.into_parts();
        Self { values, ends }
    }
}

impl From<ItemPage> for wit_snapshot::ItemPage {
    fn from(page: ItemPage) -> Self {
        Self {
            ids: page.ids.into(),
            names: page.names.into(),
            parent_kinds: page.parent_kinds.into(),
            parent_ids: page.parent_ids.into(),
            bodies: page.bodies.into(),
        }
    }
}

impl From<LinkPage> for wit_snapshot::LinkPage {
    fn from(page: LinkPage) -> Self {
        Self {
            origin_kinds: page.origin_kinds.into(),
            origin_ids: page.origin_ids.into(),
            target_kinds: page.target_kinds.into(),
            target_ids: page.target_ids.into(),
            labels: page.labels.into(),
            bodies: page.bodies.into(),
        }
    }
}

impl From<wit_snapshot::LinkKey> for LinkKey {
    fn from(key: wit_snapshot::LinkKey) -> Self {
        Self {
            origin_kind: key.origin_kind,
            origin_id: key.origin_id,
            target_kind: key.target_kind,
            target_id: key.target_id,
            label: key.label,
        }
    }
}

impl From<wit_snapshot::Ends> for Ends {
    fn from(ends: wit_snapshot::Ends) -> Self {
        match ends {
            wit_snapshot::Ends::All => Self::All,
            wit_snapshot::Ends::Collected => Self::Collected,
        }
    }
}

impl From<wit_artifact::Framing> for Framing {
    fn from(framing: wit_artifact::Framing) -> Self {
        Self { prefix: framing.prefix, zstd_level: framing.zstd_level }
    }
}

impl TryFrom<wit_artifact::NamedColumn> for NamedColumn {
    type Error = String;

    fn try_from(named: wit_artifact::NamedColumn) -> Result<Self, String> {
        use wit_artifact::Column as Wit;
        let name = named.name;
        let wrong = |problem: String| format!("column \"{}\": {problem}", plain(&name));
        let column = match named.column {
            Wit::Text(texts) => Column::Text(texts.try_into().map_err(wrong)?),
            Wit::Blob(blobs) => Column::Blob(Blobs::from_parts(blobs.values, blobs.ends).map_err(wrong)?),
            Wit::Integer(integers) => Column::Integer(integers),
            Wit::EveryText(text) => Column::EveryText(text),
            Wit::EveryInteger(integer) => Column::EveryInteger(integer),
            Wit::EveryNull => Column::EveryNull,
        };
        Ok(Self { name, column })
    }
}

/// Bytes that a column puts into `rows` rows, for the ledger of what was written.
pub(crate) fn bytes_of(named: &wit_artifact::NamedColumn, rows: u32) -> u64 {
    use wit_artifact::Column as Wit;
    match &named.column {
        Wit::Text(texts) => texts.values.len() as u64,
        Wit::Blob(blobs) => blobs.values.len() as u64,
        Wit::Integer(_) | Wit::EveryInteger(_) => u64::from(rows) * 8,
        Wit::EveryText(text) => u64::from(rows) * text.len() as u64,
        Wit::EveryNull => u64::from(rows),
    }
}
