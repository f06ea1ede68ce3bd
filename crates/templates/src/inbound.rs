//! `lynn.inboundTemplate`: a request of another system becomes one event of Lynn's, or a list.

use serde_json::Value as Json;
use shared::config::ReceiveConfig;

use crate::body::Body;
use crate::context::Context;
use crate::engine::Engine;
use crate::fault::{Fault, Faults, Problem};
use crate::json::SizeLeft;
use crate::text::{Compiler, Renderer};

const POINTER: &str = "/inboundTemplate";
/// The values that the template may use.
const KNOWN: [&str; 4] = ["method", "query", "headers", "body"];

/// The compiled template.
pub struct InboundTemplate {
    engine: Engine,
    body: Body,
    faults: Faults,
}

/// The compiled template of a configuration, if it has one. It is kept with the configuration.
pub fn inbound(config: &ReceiveConfig) -> Option<&InboundTemplate> {
    let template = config.inbound_template.as_ref()?;
    config.compiled.get(|| InboundTemplate::compile(template))
}

impl InboundTemplate {
    fn compile(template: &Json) -> Self {
        let mut engine = Engine::new();
        let mut compiler =
            Compiler { engine: &mut engine, known: &KNOWN, faults: Faults::default() };
        let body = Body::compile(template, POINTER, &mut compiler);
        let faults = compiler.faults;
        Self { engine, body, faults }
    }

    /// The faults that keep it from being compiled.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The faults on every request: parts that cannot be compiled, and names of filters that do not
    /// exist.
    pub fn sure_faults(&self) -> Faults {
        match self.render(&Json::Null) {
            Err(Faults(faults)) if self.faults.0.is_empty() => {
                let is_sure = |fault: &Fault| matches!(fault.problem, Problem::UnknownHelper(_));
                Faults(faults.into_iter().filter(is_sure).collect())
            }
            _ => self.faults.clone(),
        }
    }

    /// Renders the template for a request, an object with `method`, `query`, `headers` and
    /// `body`.
    ///
    /// # Errors
    /// Everything that fails on the request.
    pub fn render(&self, request: &Json) -> Result<Json, Faults> {
        self.faults.clone().unless_any(())?;
        let context = KNOWN.iter().fold(Context::none(), |context, name| {
            context.with(name, request.get(*name).unwrap_or(&Json::Null))
        });
        let value = context.value();
        let mut renderer = Renderer {
            engine: &self.engine,
            context: &value,
            absences: context.absences(),
            size_left: SizeLeft::new(),
            faults: Faults::default(),
        };
        let rendered = self.body.render(POINTER, &mut renderer);
        renderer.faults.unless_any(rendered)
    }
}
