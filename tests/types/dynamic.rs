//! Components under wasmtime itself, without our host, called with dynamic values.

use std::sync::LazyLock;
use wasmtime::component::{Component, ComponentExportIndex, Func, Instance, Linker, Val};
use wasmtime::{Cache, CacheConfig, Config, Engine, ResourceLimiter, Result, Store};

/// What a store knows.
#[derive(Default)]
pub struct State {
    /// The size of all linear memories, in bytes.
    pub memory: usize,
    /// For tests that count something.
    pub count: usize,
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, now: usize, wanted: usize, _: Option<usize>) -> Result<bool> {
        self.memory += wanted - now;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

/// An engine as an embedder of wasmtime makes it.
pub fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        let mut options = CacheConfig::new();
        options.with_directory(outwit_tests::cache());
        let mut config = Config::new();
        config
            .wasm_component_model_async(true)
            .wasm_component_model_map(true)
            .wasm_component_model_fixed_length_lists(true)
            .cache(Some(Cache::new(options).unwrap()));
        Engine::new(&config).unwrap()
    });
    &ENGINE
}

/// A running component.
pub struct Dynamic {
    pub store: Store<State>,
    instance: Instance,
}

impl Dynamic {
    /// Instantiates a component; `link` defines what it imports.
    pub async fn start(bytes: &[u8], link: impl FnOnce(&mut Linker<State>)) -> Dynamic {
        let component = Component::new(engine(), bytes).unwrap();
        let mut linker = Linker::new(engine());
        link(&mut linker);
        let mut store = Store::new(engine(), State::default());
        store.limiter(|state| state);
        let instance = linker
            .instantiate_async(&mut store, &component)
            .await
            .unwrap();
        Dynamic { store, instance }
    }

    /// A function, by the full name of its interface or as one of the world itself.
    pub fn function(&mut self, interface: Option<&str>, name: &str) -> Func {
        let mut index = |inside: Option<&ComponentExportIndex>, name: &str| {
            self.instance
                .get_export_index(&mut self.store, inside, name)
                .unwrap_or_else(|| panic!("there is no export {name}"))
        };
        let interface = interface.map(|name| index(None, name));
        let function = index(interface.as_ref(), name);
        self.instance.get_func(&mut self.store, function).unwrap()
    }

    /// Calls a function.
    pub async fn call(
        &mut self,
        interface: Option<&str>,
        name: &str,
        args: &[Val],
    ) -> Result<Vec<Val>> {
        let function = self.function(interface, name);
        let count = function.ty(&self.store).results().len();
        let mut results = vec![Val::Bool(false); count];
        function
            .call_async(&mut self.store, args, &mut results)
            .await?;
        Ok(results)
    }
}
