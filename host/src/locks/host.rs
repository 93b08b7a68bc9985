//! The host side of `outwit:locks/manager`.

use std::sync::Arc;

use wasmtime::component::{Accessor, HasSelf, Resource, ResourceTable};

use super::grant::{Denied, Grant};
use super::manager::{self, HeldLock, Info, Manager, Requested};
use super::{Locks, operations};
use crate::bindings::outwit::locks::manager::{self as wit, Error};
use crate::policy::{Gate, Refused, Target};

/// A lock that a plugin holds, or held until somebody stole it.
#[derive(Debug)]
pub struct Lock(HeldLock);

/// What one instance has of its plugin's locks. They are released when it ends.
pub(crate) struct LockManager {
    gate: Gate,
    grant: Option<Grant>,
    manager: Option<Arc<Manager>>,
    client: Arc<str>,
    held: ResourceTable,
}

impl LockManager {
    pub(crate) fn new(
        gate: Gate,
        plugin: &str,
        grant: Option<Grant>,
        locks: Option<&Locks>,
        handles: u64,
    ) -> LockManager {
        let mut held = ResourceTable::new();
        held.set_max_capacity(usize::try_from(handles).unwrap_or(usize::MAX));
        let locks = locks.filter(|_| grant.is_some());
        LockManager {
            gate,
            grant,
            manager: locks.map(|locks| locks.of(plugin)),
            client: locks.map_or_else(|| "".into(), Locks::client),
            held,
        }
    }
}

fn refused(refused: Refused<Denied>) -> Error {
    match refused {
        Refused::Grant(Denied) | Refused::Policy(_) => Error::NotAllowed,
    }
}

fn encode(info: Info) -> wit::Info {
    wit::Info {
        name: info.name,
        mode: match info.mode {
            manager::Mode::Exclusive => wit::Mode::Exclusive,
            manager::Mode::Shared => wit::Mode::Shared,
        },
        client_id: info.client.to_string(),
    }
}

impl wit::Host for LockManager {
    async fn query(&mut self) -> wasmtime::Result<Result<wit::Snapshot, Error>> {
        let granted = Grant::check(self.grant.as_ref());
        let entered = self.gate.enter(&operations::QUERY, Target::None, granted);
        let snapshot = match entered.await {
            Err(e) => Err(refused(e)),
            Ok(_allowed) => self
                .manager
                .as_ref()
                .map(|m| m.snapshot())
                .ok_or(Error::NotAllowed),
        };
        Ok(snapshot.map(|(held, pending)| wit::Snapshot {
            held: held.into_iter().map(encode).collect(),
            pending: pending.into_iter().map(encode).collect(),
        }))
    }
}

impl wit::HostLock for LockManager {
    async fn drop(&mut self, lock: Resource<Lock>) -> wasmtime::Result<()> {
        self.held.delete(lock)?;
        Ok(())
    }
}

impl<T> wit::HostLockWithStore<T> for HasSelf<LockManager> {
    async fn stolen(accessor: &Accessor<T, Self>, lock: Resource<Lock>) -> wasmtime::Result<()> {
        let mut is_stolen = accessor.with(|mut view| -> wasmtime::Result<_> {
            Ok(view.get().held.get(&lock)?.0.is_stolen())
        })?;
        // An error is a lock that was released.
        let _ = is_stolen.wait_for(|stolen| *stolen).await;
        Ok(())
    }
}

impl<T> wit::HostWithStore<T> for HasSelf<LockManager> {
    async fn request(
        accessor: &Accessor<T, Self>,
        name: String,
        mode: wit::Mode,
        patience: wit::Patience,
    ) -> wasmtime::Result<Result<Option<Resource<Lock>>, Error>> {
        let (gate, grant, manager, client) = accessor.with(|mut view| {
            let locks = view.get();
            let LockManager {
                gate,
                grant,
                manager,
                client,
                ..
            } = locks;
            (gate.clone(), grant.clone(), manager.clone(), client.clone())
        });
        let granted = Grant::check(grant.as_ref());
        let entered = gate.enter(&operations::REQUEST, Target::Name(&name), granted);
        let allowed = match entered.await {
            Ok(allowed) => allowed,
            Err(e) => return Ok(Err(refused(e))),
        };
        let Some(manager) = manager else {
            return Ok(Err(Error::NotAllowed));
        };
        if name.starts_with('-') {
            let message = "a name that begins with `-` is reserved".to_string();
            return Ok(Err(Error::NotSupported(message)));
        }
        let mode = match mode {
            wit::Mode::Exclusive => manager::Mode::Exclusive,
            wit::Mode::Shared => manager::Mode::Shared,
        };
        let patience = match patience {
            wit::Patience::Wait => manager::Patience::Wait,
            wit::Patience::IfAvailable => manager::Patience::IfAvailable,
            wit::Patience::Steal if mode == manager::Mode::Shared => {
                let message = "only an exclusive lock can be stolen".to_string();
                return Ok(Err(Error::NotSupported(message)));
            }
            wit::Patience::Steal => manager::Patience::Steal,
        };
        let info = Info { name, mode, client };
        let lock = match manager.request(info, patience, allowed.requests) {
            Requested::Granted(lock) => Some(lock),
            Requested::Later(pending) => pending.granted().await,
            Requested::Unavailable => None,
            Requested::TooMany => return Ok(Err(Error::TooManyRequests(allowed.requests))),
        };
        match lock {
            None => Ok(Ok(None)),
            Some(lock) => accessor.with(|mut view| Ok(Ok(Some(view.get().held.push(Lock(lock))?)))),
        }
    }
}
