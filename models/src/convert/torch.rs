// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading the tensors of a PyTorch file of the old format: five pickles one after the other (magic
//! number, version, system, tensors by name, keys of the storages in order), then the storages, each a
//! count of 8 bytes and that many little-endian floats.
//!
//! Pickles are programs. Here nothing is run: what would be called is only written down, and instructions
//! that such files do not have are an error.

use std::collections::{BTreeMap, HashMap};

use super::ConvertError;

const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const VERSION: i64 = 1001;

/// A tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its values, last dimension fastest.
    pub values: Vec<f32>,
}

/// What a pickle holds.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Nothing,
    Bool,
    Int(i64),
    Text(String),
    /// Bytes of an integer larger than 64 bits.
    Long(Vec<u8>),
    /// Module and name.
    Global(String),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// What stands outside of the pickle.
    Outside(Box<Value>),
    /// What would be called, and with what.
    Call(String, Vec<Value>),
}

/// The tensors of a file by name. Fails where the file ends early or is no such file.
pub fn tensors(source: &[u8]) -> Result<BTreeMap<String, Tensor>, ConvertError> {
    let mut reader = Reader { source, at: 0 };
    if pickle(&mut reader)? != Value::Long(MAGIC.to_vec()) {
        return Err(reader.unexpected("PyTorch's magic number", "something else"));
    }
    if pickle(&mut reader)? != Value::Int(VERSION) {
        return Err(reader.unexpected("version 1001", "another"));
    }
    pickle(&mut reader)?;
    let (named, keys) = (pickle(&mut reader)?, pickle(&mut reader)?);
    let (Value::Dict(named), Value::List(keys)) = (named, keys) else {
        return Err(reader.unexpected("tensors by name and a list of keys", "something else"));
    };
    let mut storages = HashMap::new();
    for key in keys {
        let Value::Text(key) = key else {
            return Err(reader.unexpected("the key of a storage", "something else"));
        };
        let count = u64::from_le_bytes(reader.array()?);
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(4));
        let bytes = reader.take(bytes.ok_or(ConvertError::Truncated(source.len()))?)?;
        let (floats, _) = bytes.as_chunks::<4>();
        storages.insert(key, floats.iter().map(|f| f32::from_le_bytes(*f)).collect::<Vec<_>>());
    }
    let mut tensors = BTreeMap::new();
    for (name, value) in named {
        let Value::Text(name) = name else { continue };
        let tensor = tensor(&value, &storages);
        let tensor = tensor.ok_or_else(|| reader.unexpected("a tensor of floats", &name))?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

/// `_rebuild_tensor_v2(storage, offset, size, stride, …)`, its strides honoured.
fn tensor(value: &Value, storages: &HashMap<String, Vec<f32>>) -> Option<Tensor> {
    let Value::Call(name, arguments) = value else { return None };
    let [Value::Outside(storage), Value::Int(offset), size, stride, ..] = arguments.as_slice()
    else {
        return None;
    };
    let Value::Tuple(storage) = storage.as_ref() else { return None };
    let [_, Value::Global(kind), Value::Text(key), ..] = storage.as_slice() else { return None };
    if name != "torch._utils _rebuild_tensor_v2" || kind != "torch FloatStorage" {
        return None;
    }
    let (storage, shape, strides) = (storages.get(key)?, lengths(size)?, lengths(stride)?);
    let count = shape.iter().try_fold(1usize, |count, length| count.checked_mul(*length))?;
    if shape.len() != strides.len() || count > storage.len() {
        return None;
    }
    let offset = usize::try_from(*offset).ok()?;
    let values = (0..count).map(|index| {
        let (mut rest, mut place) = (index, offset);
        for (length, stride) in shape.iter().zip(&strides).rev() {
            place = place.checked_add((rest % length).checked_mul(*stride)?)?;
            rest /= length;
        }
        storage.get(place).copied()
    });
    let values = values.collect::<Option<Vec<f32>>>()?;
    Some(Tensor { shape, values })
}

fn lengths(value: &Value) -> Option<Vec<usize>> {
    let Value::Tuple(values) = value else { return None };
    let length = |value: &Value| match value {
        Value::Int(length) => usize::try_from(*length).ok(),
        _ => None,
    };
    values.iter().map(length).collect()
}

struct Reader<'a> {
    source: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ConvertError> {
        let end = self.at.checked_add(count).ok_or(ConvertError::Truncated(self.at))?;
        let bytes =
            self.source.get(self.at..end).ok_or(ConvertError::Truncated(self.source.len()))?;
        self.at = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ConvertError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| ConvertError::Truncated(self.at))
    }

    fn byte(&mut self) -> Result<u8, ConvertError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn text(&mut self, length: usize) -> Result<String, ConvertError> {
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// Up to the end of the line.
    fn line(&mut self) -> Result<String, ConvertError> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\n');
        let line = self.text(length.ok_or(ConvertError::Truncated(self.source.len()))?)?;
        self.at += 1;
        Ok(line)
    }

    fn unexpected(&self, expected: &'static str, found: &str) -> ConvertError {
        ConvertError::Unexpected { offset: self.at, expected, found: found.to_owned() }
    }
}

/// Values within values at most: a tensor has four.
const DEEPEST: usize = 32;
/// Values copied at most: a pickle that names one by another doubles it with every instruction.
const MOST_COPIED: usize = 1 << 20;

/// A value on the stack.
#[derive(Clone)]
struct Held {
    value: Value,
    /// Values in it, with itself.
    count: usize,
    /// Values within values.
    depth: usize,
}

/// The stack of a pickle, with the marks on it.
#[derive(Default)]
struct Stack {
    values: Vec<Held>,
    marks: Vec<usize>,
    memo: HashMap<u32, Held>,
    copied: usize,
}

impl Stack {
    fn pop(&mut self) -> Option<Value> {
        self.values.pop().map(|held| held.value)
    }

    fn push(&mut self, value: Value) -> Option<()> {
        self.values.push(Held { value, count: 1, depth: 1 });
        Some(())
    }

    /// Puts one value made of others onto the stack.
    fn wrap(&mut self, parts: Vec<Held>, whole: impl FnOnce(Vec<Value>) -> Value) -> Option<()> {
        self.push(Value::Nothing)?;
        let parts = self.take_in(parts)?;
        self.values.last_mut()?.value = whole(parts);
        Some(())
    }

    /// Counts these as parts of the value on top.
    fn take_in(&mut self, parts: Vec<Held>) -> Option<Vec<Value>> {
        let top = self.values.last_mut()?;
        for part in &parts {
            top.count += part.count;
            top.depth = top.depth.max(part.depth + 1);
        }
        let fits = top.depth <= DEEPEST;
        fits.then(|| parts.into_iter().map(|part| part.value).collect())
    }

    /// The last `count` values.
    fn last(&mut self, count: usize) -> Option<Vec<Held>> {
        let start = self.values.len().checked_sub(count)?;
        Some(self.values.split_off(start))
    }

    /// Everything above the last mark.
    fn marked(&mut self) -> Option<Vec<Held>> {
        let mark = self.marks.pop()?;
        (mark <= self.values.len()).then(|| self.values.split_off(mark))
    }

    /// Puts values into the list on top.
    fn extend(&mut self, items: Vec<Held>) -> Option<()> {
        let items = self.take_in(items)?;
        let Some(Value::List(list)) = self.values.last_mut().map(|held| &mut held.value) else {
            return None;
        };
        list.extend(items);
        Some(())
    }

    /// Puts keys and values, in turn, into the dictionary on top.
    fn set(&mut self, items: Vec<Held>) -> Option<()> {
        let mut items = self.take_in(items)?.into_iter();
        let Some(Value::Dict(dictionary)) = self.values.last_mut().map(|held| &mut held.value)
        else {
            return None;
        };
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            dictionary.push((key, value));
        }
        Some(())
    }

    fn call(&mut self) -> Option<()> {
        let arguments = self.values.pop()?;
        let (Value::Tuple(_), Some(Value::Global(name))) = (&arguments.value, self.pop()) else {
            return None;
        };
        if name == "collections OrderedDict" {
            return self.push(Value::Dict(Vec::new()));
        }
        self.wrap(vec![arguments], |mut parts| match parts.pop() {
            Some(Value::Tuple(arguments)) => Value::Call(name, arguments),
            _ => Value::Nothing,
        })
    }
}

/// Reads one pickle to its end.
fn pickle(reader: &mut Reader<'_>) -> Result<Value, ConvertError> {
    let mut stack = Stack::default();
    loop {
        let instruction = reader.byte()?;
        let done = match instruction {
            // PROTO: its version.
            0x80 => reader.byte().map(|_| Some(()))?,
            b'.' => {
                let top = stack.pop();
                return top.ok_or_else(|| reader.unexpected("a value", "an empty pickle"));
            }
            b'(' => {
                stack.marks.push(stack.values.len());
                Some(())
            }
            b'N' => stack.push(Value::Nothing),
            0x88 | 0x89 => stack.push(Value::Bool),
            b'K' => stack.push(Value::Int(reader.byte()?.into())),
            b'M' => stack.push(Value::Int(u16::from_le_bytes(reader.array()?).into())),
            b'J' => stack.push(Value::Int(i32::from_le_bytes(reader.array()?).into())),
            0x8a => {
                let length = reader.byte()?;
                stack.push(Value::Long(reader.take(length.into())?.to_vec()))
            }
            b'X' => {
                let length = u32::from_le_bytes(reader.array()?) as usize;
                stack.push(Value::Text(reader.text(length)?))
            }
            b'c' => {
                let (module, name) = (reader.line()?, reader.line()?);
                stack.push(Value::Global(format!("{module} {name}")))
            }
            b'q' => {
                let index = reader.byte()?;
                memoise(&mut stack, index.into())
            }
            b'r' => {
                let index = u32::from_le_bytes(reader.array()?);
                memoise(&mut stack, index)
            }
            b'h' => {
                let index = reader.byte()?;
                recall(&mut stack, index.into())
            }
            b'j' => {
                let index = u32::from_le_bytes(reader.array()?);
                recall(&mut stack, index)
            }
            b')' => stack.push(Value::Tuple(Vec::new())),
            b']' => stack.push(Value::List(Vec::new())),
            b'}' => stack.push(Value::Dict(Vec::new())),
            b't' => stack.marked().and_then(|values| stack.wrap(values, Value::Tuple)),
            0x85..=0x87 => {
                let values = stack.last(usize::from(instruction - 0x84));
                values.and_then(|values| stack.wrap(values, Value::Tuple))
            }
            b'Q' => {
                let outside = |mut parts: Vec<Value>| match parts.pop() {
                    Some(value) => Value::Outside(Box::new(value)),
                    None => Value::Nothing,
                };
                stack.last(1).and_then(|value| stack.wrap(value, outside))
            }
            b'R' => stack.call(),
            // BUILD: attributes of an object, which no tensor needs.
            b'b' => stack.pop().map(|_| ()),
            b's' => stack.last(2).and_then(|items| stack.set(items)),
            b'u' => stack.marked().and_then(|items| stack.set(items)),
            b'e' => stack.marked().and_then(|items| stack.extend(items)),
            _ => None,
        };
        if done.is_none() {
            let found = format!("{instruction:#04x}");
            return Err(reader.unexpected("a pickle of tensors", &found));
        }
    }
}

fn memoise(stack: &mut Stack, index: u32) -> Option<()> {
    // Counted before it is copied.
    stack.copied += stack.values.last()?.count;
    let top = (stack.copied <= MOST_COPIED).then(|| stack.values.last().cloned()).flatten()?;
    stack.memo.insert(index, top);
    Some(())
}

fn recall(stack: &mut Stack, index: u32) -> Option<()> {
    stack.copied += stack.memo.get(&index)?.count;
    let copy = (stack.copied <= MOST_COPIED).then(|| stack.memo.get(&index).cloned()).flatten()?;
    stack.values.push(copy);
    Some(())
}

#[cfg(test)]
mod tests;
