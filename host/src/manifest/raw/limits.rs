//! What a plugin may use, and when its instances start and end, as it is written.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::Deserialize;

use crate::manifest::values::{Milliseconds, Rated, Size};
use crate::{app, limits};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::manifest) struct Limits {
    memory: Option<Size>,
    table_elements: Option<u64>,
    tables: Option<u64>,
    memories: Option<u64>,
    instances: Option<u64>,
    cpu: Option<Milliseconds>,
    wall: Option<Milliseconds>,
    host_call_bytes: Option<Size>,
    output: Option<Size>,
    host_calls: Option<u64>,
    #[serde(default)]
    rates: BTreeMap<Rated, u64>,
    timers: Option<u64>,
    component: Option<Size>,
    storage_key: Option<Size>,
    storage_value: Option<Size>,
    handles: Option<u64>,
}

impl Limits {
    pub(in crate::manifest) fn resolve(&self) -> limits::Limits {
        let Limits {
            memory,
            table_elements,
            tables,
            memories,
            instances,
            cpu,
            wall,
            host_call_bytes,
            output,
            host_calls,
            rates,
            timers,
            component,
            storage_key,
            storage_value,
            handles,
        } = self;
        let default = limits::Limits::default();
        limits::Limits {
            memory: memory.map(|s| s.0),
            table_elements: table_elements.unwrap_or(default.table_elements),
            tables: tables.unwrap_or(default.tables),
            memories: memories.unwrap_or(default.memories),
            instances: instances.unwrap_or(default.instances),
            cpu: cpu.map_or(default.cpu, |d| d.0),
            wall: wall.map_or(default.wall, |d| d.0),
            host_call_bytes: host_call_bytes.map_or(default.host_call_bytes, |s| s.0),
            output: output.map_or(default.output, |s| s.0),
            host_calls: host_calls.unwrap_or(default.host_calls),
            rates: rates.iter().map(|(c, rate)| (c.0, *rate)).collect(),
            timers: timers.unwrap_or(default.timers),
            component: component.map_or(default.component, |s| s.0),
            storage_key: storage_key.map_or(default.storage_key, |s| s.0),
            storage_value: storage_value.map_or(default.storage_value, |s| s.0),
            handles: handles.unwrap_or(default.handles),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Lifecycle {
    #[serde(default)]
    instances: Instances,
    wait: Option<Milliseconds>,
    #[serde(default)]
    restart: Restart,
    backoff: Option<Backoff>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum Instances {
    #[default]
    One,
    PerCall(NonZeroU32),
    Pool(NonZeroU32),
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Restart {
    #[default]
    OnFault,
    Never,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Backoff {
    free: Option<u32>,
    first: Option<Milliseconds>,
    most: Option<Milliseconds>,
}

impl Lifecycle {
    pub(in crate::manifest) fn resolve(&self) -> app::Lifecycle {
        let Lifecycle {
            instances,
            wait,
            restart,
            backoff,
        } = self;
        let wait = wait.as_ref().map_or(app::Instances::WAIT, |w| w.0);
        let instances = match instances {
            Instances::One => app::Instances::One,
            Instances::PerCall(size) => app::Instances::PerCall {
                size: size.get(),
                wait,
            },
            Instances::Pool(size) => app::Instances::Pool {
                size: size.get(),
                wait,
            },
        };
        let restart = match restart {
            Restart::Never => app::Restart::Never,
            Restart::OnFault => {
                let default = app::Backoff::default();
                let given = backoff.as_ref();
                let free = given.and_then(|b| b.free).unwrap_or(default.free);
                let first = given.and_then(|b| b.first.as_ref());
                let most = given.and_then(|b| b.most.as_ref());
                app::Restart::OnFault(
                    default
                        .free(free)
                        .first(first.map_or(default.first, |d| d.0))
                        .most(most.map_or(default.most, |d| d.0)),
                )
            }
        };
        app::Lifecycle::new().instances(instances).restart(restart)
    }
}
