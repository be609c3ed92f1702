//! One limiter for each service of each tenant, whoever in this process calls it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use fairlead_model::{Api, TenantId};
use url::Url;

use super::{Limiter, Pace};

/// What Azure throttles by itself. Resource Graph is reached through Resource Manager but has a small
/// quota of its own (15 questions in 5 seconds), so it is paced apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    Graph,
    ResourceManager,
    ResourceGraph,
}

impl Service {
    pub(crate) const ALL: [Self; 3] = [Self::Graph, Self::ResourceManager, Self::ResourceGraph];

    /// The API it is reached through.
    pub(crate) fn api(self) -> Api {
        match self {
            Self::Graph => Api::Graph,
            Self::ResourceManager | Self::ResourceGraph => Api::ResourceManager,
        }
    }

    /// The service behind a path, given as lower-case segments.
    pub(crate) fn of(api: Api, segments: &[String]) -> Option<Self> {
        match api {
            Api::Graph => Some(Self::Graph),
            Api::ResourceManager => match segments {
                [first, second, ..] if first == "providers" && second == "microsoft.resourcegraph" => {
                    Some(Self::ResourceGraph)
                }
                _ => Some(Self::ResourceManager),
            },
            Api::Storage | Api::Kubernetes => None,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Graph => "Microsoft Graph",
            Self::ResourceManager => "Azure Resource Manager",
            Self::ResourceGraph => "Azure Resource Graph",
        })
    }
}

type Key = (Service, String, TenantId);

/// The limiter of a service of a tenant. Whoever asks first decides its pace; it lives as long as
/// somebody uses it.
pub(crate) fn limiter_for(service: Service, authority: &Url, tenant: &TenantId, pace: &Pace) -> Arc<Limiter> {
    static LIMITERS: OnceLock<Mutex<HashMap<Key, Weak<Limiter>>>> = OnceLock::new();
    let mut limiters = LIMITERS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let key = (service, authority.origin().ascii_serialization(), tenant.clone());
    if let Some(limiter) = limiters.get(&key).and_then(Weak::upgrade) {
        return limiter;
    }
    limiters.retain(|_, limiter| limiter.strong_count() > 0);
    let limiter = Arc::new(Limiter::new(pace));
    limiters.insert(key, Arc::downgrade(&limiter));
    limiter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_service_of_the_same_tenant_has_one_limiter() {
        let authority: Url = "https://login.example/".parse().unwrap();
        let (one, two): (TenantId, TenantId) =
            ("one.example".parse().unwrap(), "two.example".parse().unwrap());
        let pace = Pace::default();
        let first = limiter_for(Service::Graph, &authority, &one, &pace);
        assert!(Arc::ptr_eq(&first, &limiter_for(Service::Graph, &authority, &one, &pace)));
        assert!(!Arc::ptr_eq(&first, &limiter_for(Service::ResourceManager, &authority, &one, &pace)));
        assert!(!Arc::ptr_eq(&first, &limiter_for(Service::Graph, &authority, &two, &pace)));
    }

    #[test]
    fn resource_graph_is_paced_apart() {
        let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let service = |path| Service::of(Api::ResourceManager, &segments(path));
        assert_eq!(service("providers/microsoft.resourcegraph/resources"), Some(Service::ResourceGraph));
        assert_eq!(service("subscriptions/1/resourcegroups"), Some(Service::ResourceManager));
        assert_eq!(Service::of(Api::Storage, &[]), None);
    }
}
