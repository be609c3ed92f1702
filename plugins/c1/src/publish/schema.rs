//! The tables and indexes of C1's file, v1.
//!
//! Readers create missing tables and indexes by name before they read. The tables come first and the indexes
//! once the rows are in, which builds each index in one pass.

/// Name of the file.
pub const FILE: &str = "sync.c1z";

/// Media type of the file.
pub const MEDIA_TYPE: &str = "application/vnd.conductorone.c1z";

/// What the file begins with, before the compressed database.
pub const MAGIC: &[u8] = b"C1ZF\0";

/// Zstandard's level. Rows repeat each other so much that the default makes the file 8 % smaller, in 1.7 times the
/// time.
pub const ZSTD_LEVEL: i32 = 1;

/// The tables.
pub const TABLES: &str = "
create table v1_resource_types (
    id integer primary key, external_id text not null, data blob not null,
    sync_id text not null, discovered_at datetime not null);
create table v1_resources (
    id integer primary key, resource_type_id text not null, external_id text not null,
    parent_resource_type_id text, parent_resource_id text, data blob not null,
    sync_id text not null, discovered_at datetime not null);
create table v1_entitlements (
    id integer primary key, resource_type_id text not null, resource_id text not null,
    external_id text not null, data blob not null,
    sync_id text not null, discovered_at datetime not null);
create table v1_grants (
    id integer primary key, resource_type_id text not null, resource_id text not null,
    entitlement_id text not null, principal_resource_type_id text not null,
    principal_resource_id text not null, external_id text not null,
    expansion blob, needs_expansion integer not null default 0, data blob not null,
    sync_id text not null, discovered_at datetime not null);
create table v1_assets (
    id integer primary key, external_id text not null, content_type text not null, data blob not null,
    sync_id text not null, discovered_at datetime not null);
create table v1_sync_runs (
    id integer primary key, sync_id text not null, started_at datetime not null, ended_at datetime,
    sync_token text not null, sync_type text not null default 'full',
    parent_sync_id text not null default '', linked_sync_id text not null default '',
    supports_diff integer not null default 0, grants_backfilled integer not null default 0, stats text,
    ingest_invariant_generation text not null default '', ingest_invariant_coverage text not null default '',
    ingest_invariant_mode text not null default '');
create table v1_connector_sessions (
    id integer primary key, sync_id text not null, key text not null, value blob not null);
";

/// The indexes that say what is unique, and those on tables that stay small. Two on resources have each other's
/// names in every reader that exists; a reader creates what it misses by name, so the names stay as they are.
///
/// The lookup indexes on grants are left to readers, which create them on their own copy when they open a file:
/// making them here would take longer than writing all rows, for every sync and whether or not anybody looks,
/// and would make the database half as large again, of which readers take 3 GiB.
pub const INDEXES: &str = "
create unique index idx_resource_types_external_sync_v1 on v1_resource_types (external_id, sync_id);
create index idx_resources_resource_type_id_v1 on v1_resources (resource_type_id);
create index idx_resources_external_sync_v1 on v1_resources (parent_resource_type_id, parent_resource_id);
create unique index idx_resources_parent_resource_id_v1 on v1_resources (external_id, sync_id);
create index idx_entitlements_resource_id_v1 on v1_entitlements (resource_type_id, resource_id);
create unique index idx_entitlements_external_sync_v1 on v1_entitlements (external_id, sync_id);
create unique index idx_grants_external_sync_v1 on v1_grants (external_id, sync_id);
create unique index idx_assets_external_sync_v1 on v1_assets (external_id, sync_id);
create unique index idx_sync_runs_sync_id_v1 on v1_sync_runs (sync_id);
create unique index idx_session_store_sync_key_v1 on v1_connector_sessions (sync_id, key);
";
