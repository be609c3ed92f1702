//! The file a tenant becomes: a real SQLite database, read back with SQL and the messages' own decoders.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_c1::{
    proto,
    publish::{
        Published,
        host::{Column, Database, Failure, NamedColumn, Texts},
        publish,
    },
};
use prost::Message;
use rusqlite::{Connection, params_from_iter, types::Value};

use super::Tenant;

struct Sqlite(Connection);

impl Database for Sqlite {
    fn define(&mut self, schema: &str) -> Result<(), String> {
        self.0.execute_batch(schema).map_err(|error| error.to_string())
    }

    fn insert(&mut self, table: &str, rows: u32, columns: &[NamedColumn]) -> Result<(), String> {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let marks = vec!["?"; names.len()].join(",");
        let sql = format!("insert into {table} ({}) values ({marks})", names.join(","));
        let mut insert = self.0.prepare(&sql).map_err(|error| error.to_string())?;
        for row in 0..rows as usize {
            let values = columns.iter().map(|named| value(&named.column, row));
            insert.execute(params_from_iter(values)).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

fn value(column: &Column, row: usize) -> Value {
    let range = |ends: &[u32]| {
        let start = row.checked_sub(1).map_or(0, |before| ends[before] as usize);
        start..ends[row] as usize
    };
    match column {
        Column::Text(Texts { values, ends }) => Value::Text(values[range(ends)].to_owned()),
        Column::Blob(blobs) => Value::Blob(blobs.values[range(&blobs.ends)].to_vec()),
        Column::Integer(integers) => Value::Integer(integers[row]),
        Column::EveryText(text) => Value::Text(text.clone()),
        Column::EveryInteger(integer) => Value::Integer(*integer),
        Column::EveryNull => Value::Null,
    }
}

/// A grant as the file holds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grant {
    pub(crate) id: String,
    /// Encoded in the grant: that it follows from others.
    pub(crate) follows: bool,
    /// Entitlement ids, and whether the principal holds them itself.
    pub(crate) sources: BTreeMap<String, bool>,
    pub(crate) expansion: Option<proto::GrantExpandable>,
}

/// A published file.
pub(crate) struct Made {
    database: Connection,
    pub(crate) published: Published,
}

impl Made {
    /// Publishes a tenant.
    pub(crate) fn of(tenant: &Tenant) -> Self {
        Self::try_of(tenant).expect("the tenant can be published")
    }

    pub(crate) fn try_of(tenant: &Tenant) -> Result<Self, Failure> {
        let mut sqlite = Sqlite(Connection::open_in_memory().expect("SQLite opens in memory"));
        let published = publish(tenant, &mut sqlite, &Tenant::connection(), 1_709_210_100_000)?;
        Ok(Self { database: sqlite.0, published })
    }

    /// One column of a query, as text.
    pub(crate) fn column(&self, sql: &str) -> Vec<String> {
        let mut query = self.database.prepare(sql).expect("the query is right");
        let rows = query.query_map([], |row| {
            Ok(match row.get::<_, Value>(0)? {
                Value::Text(text) => text,
                Value::Integer(integer) => integer.to_string(),
                Value::Null => "null".to_owned(),
                other => panic!("not text: {other:?}"),
            })
        });
        rows.expect("the query runs").collect::<Result<_, _>>().expect("each row is read")
    }

    /// The resources of a type: id and parent.
    pub(crate) fn resources(&self, kind: &str) -> BTreeMap<String, proto::Resource> {
        let mut query = self
            .database
            .prepare("select external_id, data from v1_resources where resource_type_id = ?")
            .unwrap();
        let rows = query.query_map([kind], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)));
        rows.unwrap()
            .map(|row| {
                let (id, data) = row.unwrap();
                let id = id.strip_prefix(&format!("{kind}:")).expect("ids begin with their type").to_owned();
                (id, proto::Resource::decode(data.as_slice()).unwrap())
            })
            .collect()
    }

    /// Ids of all entitlements.
    pub(crate) fn entitlements(&self) -> BTreeSet<String> {
        self.column("select external_id from v1_entitlements").into_iter().collect()
    }

    /// The grants on an entitlement, by `type:id` of the principal.
    pub(crate) fn grants(&self, entitlement: &str) -> BTreeMap<String, Grant> {
        let mut query = self
            .database
            .prepare(
                "select principal_resource_type_id || ':' || principal_resource_id, external_id, data, expansion
                 from v1_grants where entitlement_id = ?",
            )
            .unwrap();
        let rows = query.query_map([entitlement], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, Vec<u8>>(2)?,
                row.get::<_, Option<Vec<u8>>>(3)?,
            ))
        });
        rows.unwrap()
            .map(|row| {
                let (principal, id, data, expansion) = row.unwrap();
                let read = proto::Grant::decode(data.as_slice()).unwrap();
                assert_eq!(read.id, id);
                assert_eq!(read.entitlement.id, entitlement);
                let own = read.principal.id;
                assert_eq!(format!("{}:{}", own.resource_type, own.resource), principal);
                let sources = read.sources.unwrap_or_default().sources.into_iter();
                let grant = Grant {
                    id,
                    follows: !read.annotations.is_empty(),
                    sources: sources.map(|entry| (entry.key, entry.value.is_direct)).collect(),
                    expansion: expansion
                        .map(|bytes| proto::GrantExpandable::decode(bytes.as_slice()).unwrap()),
                };
                (principal, grant)
            })
            .collect()
    }

    /// Principals that hold an entitlement, as `type:id`.
    pub(crate) fn holders(&self, entitlement: &str) -> Vec<String> {
        self.grants(entitlement).into_keys().collect()
    }
}
