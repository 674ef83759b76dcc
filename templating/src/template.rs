//! A template: compiled once, rendered for each recipient.

use bellhop_domain::fault::Why;
use std::collections::BTreeSet;

use crate::context::RenderContext;
use crate::error::{Fault, RenderError, TemplateError};
use crate::expression::Expression;
use crate::format::{Format, Surface};
use crate::locale::is_cyrillic;
use crate::parse::{Fallback, Node, Parser};
use crate::placeholder::FILLED_IN;
use crate::values::{Present, VARIABLES, Values, Variable, lookup};
use crate::vary;

/// The most bytes of source: far more than ten SMS parts or the 4 KB of a push.
const MAX_SOURCE: usize = 32 * 1024;

/// A compiled text. See the crate's documentation for the language.
#[derive(Debug)]
pub struct Template {
    nodes: Vec<Node>,
    surface: Surface,
    variables: BTreeSet<String>,
    cyrillic: bool,
    /// Bytes of plain text: how much room a rendering needs at least.
    room: usize,
}

/// A variable as a text uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    /// The first filter that it goes through; `None` if it is printed as it is.
    pub filter: Option<&'static str>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`] at the first thing that is not part of the language, with line, column and advice.
    pub fn compile(source: &str, surface: Surface) -> Result<Self, TemplateError> {
        if source.len() > MAX_SOURCE {
            let most = MAX_SOURCE;
            return Err(Fault::new(MAX_SOURCE, Why::TextTooLarge { most }).in_source(source));
        }
        let nodes = Parser::new(source)
            .template()
            .map_err(|fault| fault.in_source(source))?;
        let mut variables = BTreeSet::new();
        let mut room = 0;
        visit(&nodes, &mut |node| match node {
            Node::Text(text) => room += text.len(),
            node => variables_of(node, &mut |variable| {
                variables.insert(variable.as_str().to_owned());
            }),
        });
        Ok(Self {
            nodes,
            surface,
            variables,
            cyrillic: is_cyrillic(source),
            room,
        })
    }

    /// Names of all variables and attributes that the text may print or test.
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.variables
    }

    /// How the text uses its variables, as far as their kind matters: printed as they are, or through a filter.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        let filtered = |expression: &Expression| {
            let all = expression.filtered().iter().cloned();
            all.map(|(name, filter)| Use {
                name,
                filter: Some(filter),
            })
            .collect::<Vec<_>>()
        };
        visit(&self.nodes, &mut |node| match node {
            Node::Print { variable, .. } => uses.push(Use {
                name: variable.as_str().to_owned(),
                filter: None,
            }),
            Node::Expression(expression) => uses.extend(filtered(expression)),
            Node::If { arms, .. } => uses.extend(arms.iter().flat_map(|(condition, _)| filtered(condition))),
            Node::Text(_) | Node::Vary { .. } => {}
        });
        uses
    }

    /// Those of [`Template::variables`] that are custom attributes: the keys to read of each customer.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.variables
            .iter()
            .map(String::as_str)
            .filter(|name| !VARIABLES.contains(name))
    }

    /// Whether the recipient's link is anywhere in the text.
    pub fn uses_link(&self) -> bool {
        self.variables.contains("link")
    }

    /// The text for one recipient.
    ///
    /// # Errors
    /// [`RenderError`] if a value is missing and has no fallback, or does not fit.
    pub fn render(&self, values: &Values<'_>, context: &RenderContext<'_>) -> Result<String, RenderError> {
        let context = RenderContext {
            locale: context.locale.of_text(self.cyrillic),
            ..*context
        };
        let mut out = String::with_capacity(self.room + 32 * self.variables.len());
        let rendering = Rendering {
            values,
            context: &context,
            surface: self.surface,
        };
        rendering.write(&self.nodes, &mut out)?;
        Ok(out)
    }

    /// Whether all of the author's own text, in every alternative and condition, is in the GSM 7-bit alphabet. Then
    /// only a recipient's values can turn an SMS into UCS-2.
    pub fn is_gsm7(&self) -> bool {
        let mut all = true;
        visit(&self.nodes, &mut |node| {
            if let Node::Text(own) = node {
                all &= own.chars().all(crate::sms::is_gsm7);
            }
        });
        all
    }

    /// The text that stands in the template itself, with the first alternative of each variation and condition.
    pub(crate) fn own_text(&self) -> String {
        let mut text = String::with_capacity(self.room);
        write_own(&self.nodes, &mut text);
        text
    }
}

impl Template {
    /// All texts of the template, those of every alternative and condition, with [`FILLED_IN`] for each value.
    pub(crate) fn whole_text(&self) -> String {
        let mut text = String::with_capacity(self.room);
        visit(&self.nodes, &mut |node| match node {
            Node::Text(own) => text.push_str(own),
            Node::Print { .. } | Node::Expression(_) => text.push(FILLED_IN),
            Node::Vary { .. } | Node::If { .. } => {}
        });
        text
    }
}

struct Rendering<'r, 'v> {
    values: &'r Values<'v>,
    context: &'r RenderContext<'r>,
    surface: Surface,
}

impl<'v> Rendering<'_, 'v> {
    fn write(&self, nodes: &[Node], out: &mut String) -> Result<(), RenderError> {
        for node in nodes {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Print { variable, fallback } => self.print(variable, fallback.as_ref(), out)?,
                Node::Expression(expression) => out.push_str(&expression.text(|v| self.find(v), self.format())?),
                Node::Vary { position, alternatives } => {
                    let chosen = vary::choose(self.context.seed, *position, alternatives.len());
                    self.write(&alternatives[chosen], out)?;
                }
                Node::If { arms, otherwise } => {
                    let mut chosen = otherwise;
                    for (condition, nodes) in arms {
                        if condition.holds(|v| self.find(v), self.format())? {
                            chosen = nodes;
                            break;
                        }
                    }
                    self.write(chosen, out)?;
                }
            }
        }
        Ok(())
    }

    fn print(&self, variable: &Variable, fallback: Option<&Fallback>, out: &mut String) -> Result<(), RenderError> {
        match (self.find(variable), fallback) {
            (Some(Present::Number(number)), Some(fallback)) if fallback.for_zero && number.is_zero() => {
                out.push_str(&fallback.text);
            }
            (Some(Present::Text(text)), _) => out.push_str(&text),
            (Some(Present::Number(number)), _) => out.push_str(&self.format().number(number)),
            (Some(Present::Date(date)), _) => out.push_str(&self.format().date(date)),
            (None, Some(fallback)) => out.push_str(&fallback.text),
            (None, None) => {
                return Err(RenderError::Missing {
                    name: variable.as_str().to_owned(),
                });
            }
        }
        Ok(())
    }

    fn find(&self, variable: &Variable) -> Option<Present<'v>> {
        lookup(variable, self.values, self.context)
    }

    fn format(&self) -> Format {
        self.context.format(self.surface)
    }
}

/// Calls `see` with every node, including nested ones.
fn visit<'n>(nodes: &'n [Node], see: &mut dyn FnMut(&'n Node)) {
    for node in nodes {
        see(node);
        match node {
            Node::Vary { alternatives, .. } => alternatives.iter().for_each(|nodes| visit(nodes, see)),
            Node::If { arms, otherwise } => {
                arms.iter().for_each(|(_, nodes)| visit(nodes, see));
                visit(otherwise, see);
            }
            _ => {}
        }
    }
}

fn variables_of(node: &Node, see: &mut dyn FnMut(&Variable)) {
    match node {
        Node::Print { variable, .. } => see(variable),
        Node::Expression(expression) => expression.variables().for_each(see),
        Node::If { arms, .. } => arms
            .iter()
            .flat_map(|(condition, _)| condition.variables())
            .for_each(see),
        Node::Text(_) | Node::Vary { .. } => {}
    }
}

fn write_own(nodes: &[Node], text: &mut String) {
    for node in nodes {
        match node {
            Node::Text(own) => text.push_str(own),
            Node::Vary { alternatives, .. } => write_own(alternatives.first().map_or(&[], Vec::as_slice), text),
            Node::If { arms, .. } => write_own(arms.first().map_or(&[], |(_, nodes)| nodes), text),
            Node::Print { .. } | Node::Expression(_) => {}
        }
    }
}
