//! From source to nodes: text, printed values, variations and conditions.

use crate::bracket::{counts_days, short_form};
use crate::error::{Fault, position};
use crate::expression::{Expression, ExpressionUse};
use crate::token::{Kind, Token, closing, tokens};
use crate::values::Variable;
use bellhop_domain::fault::Why;

/// The deepest nesting of conditions and variations; nobody could read a text nested deeper.
const MAX_DEPTH: usize = 16;

/// A piece of a compiled template.
#[derive(Debug)]
pub(crate) enum Node {
    Text(String),
    /// One variable, by far the commonest tag: rendered without the expression engine.
    Print {
        variable: Variable,
        fallback: Option<Fallback>,
    },
    Expression(Expression),
    Vary {
        position: u64,
        alternatives: Vec<Vec<Node>>,
    },
    If {
        arms: Vec<(Expression, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
}

#[derive(Debug)]
pub(crate) struct Fallback {
    pub text: String,
    /// `or` replaces a zero as well, `default` does not.
    pub for_zero: bool,
}

pub(crate) struct Parser<'s> {
    source: &'s str,
    at: usize,
    depth: usize,
    /// Variations seen so far. Each variation's position decides which alternative a recipient gets.
    varies: u64,
}

/// What ended a list of nodes inside a condition.
struct Ending<'s> {
    keyword: &'s str,
    rest: &'s str,
    rest_at: usize,
    at: usize,
}

impl<'s> Parser<'s> {
    pub fn new(source: &'s str) -> Self {
        Self {
            source,
            at: 0,
            depth: 0,
            varies: 0,
        }
    }

    /// All nodes of the source.
    pub fn template(&mut self) -> Result<Vec<Node>, Fault> {
        match self.nodes()? {
            (nodes, None) => Ok(nodes),
            (_, Some(ending)) => {
                let keyword = ending.keyword.to_owned();
                Err(Fault::new(ending.at, Why::EndingOutside { keyword }))
            }
        }
    }

    fn nodes(&mut self) -> Result<(Vec<Node>, Option<Ending<'s>>), Fault> {
        let mut nodes = Vec::new();
        let source = self.source;
        while self.at < source.len() {
            let at = self.at;
            let rest = &source[at..];
            if rest.starts_with("{{") {
                let inside = self.tag("}}")?;
                nodes.push(self.print(inside, at)?);
            } else if rest.starts_with("{%") {
                let inside = self.tag("%}")?;
                match self.statement(inside, at)? {
                    Statement::Node(node) => nodes.push(node),
                    Statement::Ending(ending) => return Ok((nodes, Some(ending))),
                }
            } else if let Some(note) = rest.strip_prefix("{#").and_then(|note| note.find("#}")) {
                self.at += note + 4;
            } else if let Some(short) = short_form(rest) {
                self.at += short.length;
                let days = short.name == "valid_to" && short.fallback.is_none() && counts_days(&source[self.at..]);
                let name = if days { "days_left" } else { short.name };
                refuse_comment(name, at)?;
                let fallback = short.fallback.map(|text| Fallback {
                    text: text.to_owned(),
                    for_zero: false,
                });
                nodes.push(Node::Print {
                    variable: Variable::named(name),
                    fallback,
                });
            } else {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let length = rest[first..].find(['{', '[']).map_or(rest.len(), |next| first + next);
                push_text(&mut nodes, &rest[..length]);
                self.at += length;
            }
        }
        Ok((nodes, None))
    }

    /// Returns the inside of the tag that begins here and moves past it.
    fn tag(&mut self, close: &str) -> Result<&'s str, Fault> {
        let (at, source) = (self.at, self.source);
        let open = &source[at..at + 2];
        let inside = &source[at + 2..];
        let Some(length) = closing(inside, close) else {
            let (open, close) = (open.to_owned(), close.to_owned());
            return Err(Fault::new(at, Why::TagUnclosed { open, close }));
        };
        let inside = &inside[..length];
        if inside.starts_with('-') || inside.ends_with('-') {
            return Err(Fault::new(at, Why::TagTrims));
        }
        self.at = at + 2 + length + 2;
        Ok(inside)
    }

    fn print(&mut self, inside: &'s str, at: usize) -> Result<Node, Fault> {
        let tokens = tokens(inside, at + 2)?;
        let kinds: Vec<(&Kind, &str)> = tokens.iter().map(|token| (&token.kind, token.text)).collect();
        let simple = |name: &str, fallback| Node::Print {
            variable: Variable::named(name),
            fallback,
        };
        Ok(match kinds[..] {
            [] => return Err(Fault::new(at, Why::TagEmpty)),
            [(Kind::Number, number)] => {
                let (place, number) = (format!("{{{{{number}}}}}"), number.to_owned());
                return Err(Fault::new(at, Why::PlaceOfMeta { place, number }));
            }
            [(Kind::Variable, name)] => simple(name, None),
            [(Kind::Variable, name), (_, "or"), (Kind::Text(text), _)] => simple(
                name,
                Some(Fallback {
                    text: text.clone(),
                    for_zero: true,
                }),
            ),
            [
                (Kind::Variable, name),
                (_, "|"),
                (_, "default"),
                (_, "("),
                (Kind::Text(text), _),
                (_, ")"),
            ] => simple(
                name,
                Some(Fallback {
                    text: text.clone(),
                    for_zero: false,
                }),
            ),
            [(_, "vary"), (_, "("), .., (_, ")")] => return self.vary(&tokens, at),
            _ => Node::Expression(self.expression(&tokens, ExpressionUse::Print, at)?),
        })
    }

    fn expression(&self, tokens: &[Token<'_>], usage: ExpressionUse, at: usize) -> Result<Expression, Fault> {
        Expression::compile(tokens, usage, at, position(self.source, at))
    }

    fn vary(&mut self, tokens: &[Token<'s>], at: usize) -> Result<Node, Fault> {
        let arguments = &tokens[2..tokens.len() - 1];
        let position = self.varies;
        self.varies += 1;
        let mut alternatives = Vec::new();
        for (place, token) in arguments.iter().enumerate() {
            match &token.kind {
                Kind::Text(text) if place % 2 == 0 => alternatives.push(self.alternative(text, token.at)?),
                _ if place % 2 == 1 && token.text == "," => {}
                _ => return Err(bad_vary(token.at)),
            }
        }
        if alternatives.len() < 2 || arguments.len().is_multiple_of(2) {
            return Err(bad_vary(at));
        }
        Ok(Node::Vary { position, alternatives })
    }

    /// An alternative is a text of its own: variables and short forms work in it.
    fn alternative(&mut self, text: &str, at: usize) -> Result<Vec<Node>, Fault> {
        let mut inner = Parser {
            source: text,
            at: 0,
            depth: self.deeper(at)?,
            varies: self.varies,
        };
        let nodes = inner.template().map_err(|fault| Fault { at, ..fault })?;
        self.varies = inner.varies;
        Ok(nodes)
    }

    fn deeper(&self, at: usize) -> Result<usize, Fault> {
        if self.depth < MAX_DEPTH {
            return Ok(self.depth + 1);
        }
        Err(Fault::new(at, Why::NestedTooDeep { most: MAX_DEPTH }))
    }

    fn statement(&mut self, inside: &'s str, at: usize) -> Result<Statement<'s>, Fault> {
        let trimmed = inside.trim_start();
        let length = trimmed.find(|c: char| !c.is_alphanumeric()).unwrap_or(trimmed.len());
        let (keyword, rest) = trimmed.split_at(length);
        let rest_at = at + 2 + inside.len() - rest.len();
        match keyword {
            "if" => {
                let outer = self.depth;
                self.depth = self.deeper(at)?;
                let node = self.condition(rest, rest_at, at)?;
                self.depth = outer;
                Ok(Statement::Node(node))
            }
            "elif" | "else" | "endif" => Ok(Statement::Ending(Ending {
                keyword,
                rest,
                rest_at,
                at,
            })),
            _ => {
                let tag = format!("{{% {} %}}", inside.trim());
                Err(Fault::new(at, Why::TagUnknown { tag }))
            }
        }
    }

    /// Reads an `if` up to its `endif`; `rest` is its first condition.
    fn condition(&mut self, mut rest: &'s str, mut rest_at: usize, at: usize) -> Result<Node, Fault> {
        let mut arms = Vec::new();
        let mut tag_at = at;
        loop {
            let found = tokens(rest, rest_at)?;
            if found.is_empty() {
                return Err(Fault::new(tag_at, Why::ConditionEmpty));
            }
            let condition = self.expression(&found, ExpressionUse::Condition, tag_at)?;
            let (nodes, ending) = self.nodes()?;
            arms.push((condition, nodes));
            let Some(ending) = ending else { return Err(unclosed(at)) };
            match ending.keyword {
                "elif" => (rest, rest_at, tag_at) = (ending.rest, ending.rest_at, ending.at),
                "else" => return self.otherwise(arms, &ending, at),
                _ => {
                    return finished(&ending).map(|()| Node::If {
                        arms,
                        otherwise: Vec::new(),
                    });
                }
            }
        }
    }

    fn otherwise(&mut self, arms: Vec<(Expression, Vec<Node>)>, start: &Ending<'s>, at: usize) -> Result<Node, Fault> {
        finished(start)?;
        let (otherwise, ending) = self.nodes()?;
        match ending {
            Some(ending) if ending.keyword == "endif" => {
                finished(&ending)?;
                Ok(Node::If { arms, otherwise })
            }
            Some(ending) => {
                let keyword = ending.keyword.to_owned();
                Err(Fault::new(ending.at, Why::EndingAfterElse { keyword }))
            }
            None => Err(unclosed(at)),
        }
    }
}

enum Statement<'s> {
    Node(Node),
    Ending(Ending<'s>),
}

fn finished(ending: &Ending<'_>) -> Result<(), Fault> {
    if ending.rest.trim().is_empty() {
        return Ok(());
    }
    let keyword = ending.keyword.to_owned();
    Err(Fault::new(ending.rest_at, Why::EndingWithCondition { keyword }))
}

fn unclosed(at: usize) -> Fault {
    Fault::new(at, Why::ConditionUnclosed)
}

fn bad_vary(at: usize) -> Fault {
    Fault::new(at, Why::VaryUnfit)
}

fn refuse_comment(name: &str, at: usize) -> Result<(), Fault> {
    tokens(name, at).map(|_| ())
}

fn push_text(nodes: &mut Vec<Node>, text: &str) {
    if let Some(Node::Text(before)) = nodes.last_mut() {
        before.push_str(text);
    } else {
        nodes.push(Node::Text(text.to_owned()));
    }
}
