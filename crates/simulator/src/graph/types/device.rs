//! `microsoft.graph.device`.

use super::properties;
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
        Always "deletedDateTime" |_| Value::Null;
        Always "accountEnabled" |device| Value::Bool(device.account_enabled);
        Always "approximateLastSignInDateTime" |_| Value::Null;
        Always "deviceId" |device| Value::Guid(device.device_id);
        Always "displayName" |device| Value::text(&*device.display_name);
        Always "isCompliant" |_| Value::Null;
        Always "isManaged" |_| Value::Null;
        Always "onPremisesSyncEnabled" |_| Value::Null;
        Always "operatingSystem" |device| Value::text(device.operating_system);
        Always "operatingSystemVersion" |_| Value::Null;
        Always "profileType" |_| Value::Null;
        Always "registrationDateTime" |_| Value::Null;
        Always "trustType" |_| Value::Null;
    };
}
