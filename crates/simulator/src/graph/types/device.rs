//! `microsoft.graph.device`.

use super::{null, properties};
use crate::odata::{Entity, Property, Value};
use crate::world::directory::Device;

/// The device type.
#[derive(Debug)]
pub enum DeviceType {}

impl Entity for DeviceType {
    type Item<'w> = &'w Device;
    const TYPE: &'static str = "device";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |device| Value::Guid(device.id);
        Always "deletedDateTime" null;
        Always "accountEnabled" |device| Value::Bool(device.account_enabled);
        Always "approximateLastSignInDateTime" null;
        Always "deviceId" |device| Value::Guid(device.device_id);
        Always "displayName" |device| Value::text(&*device.display_name);
        Always "isCompliant" null;
        Always "isManaged" null;
        Always "onPremisesSyncEnabled" null;
        Always "operatingSystem" |device| Value::text(device.operating_system);
        Always "operatingSystemVersion" null;
        Always "profileType" null;
        Always "registrationDateTime" null;
        Always "trustType" null;
    };
}
