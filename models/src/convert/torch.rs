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

/// The stack of a pickle, with the marks on it.
#[derive(Default)]
struct Stack {
    values: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl Stack {
    fn pop(&mut self) -> Option<Value> {
        self.values.pop()
    }

    fn push(&mut self, value: Value) -> Option<()> {
        self.values.push(value);
        Some(())
    }

    /// The last `count` values.
    fn last(&mut self, count: usize) -> Option<Vec<Value>> {
        let start = self.values.len().checked_sub(count)?;
        Some(self.values.split_off(start))
    }

    /// Everything above the last mark.
    fn marked(&mut self) -> Option<Vec<Value>> {
        let mark = self.marks.pop()?;
        (mark <= self.values.len()).then(|| self.values.split_off(mark))
    }

    /// Puts keys and values, in turn, into the dictionary on top.
    fn set(&mut self, items: Vec<Value>) -> Option<()> {
        let Some(Value::Dict(dictionary)) = self.values.last_mut() else { return None };
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            dictionary.push((key, value));
        }
        Some(())
    }

    fn call(&mut self) -> Option<()> {
        let (Some(Value::Tuple(arguments)), Some(Value::Global(name))) = (self.pop(), self.pop())
        else {
            return None;
        };
        self.push(if name == "collections OrderedDict" {
            Value::Dict(Vec::new())
        } else {
            Value::Call(name, arguments)
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
            b't' => stack.marked().and_then(|values| stack.push(Value::Tuple(values))),
            0x85..=0x87 => {
                let values = stack.last(usize::from(instruction - 0x84));
                values.and_then(|values| stack.push(Value::Tuple(values)))
            }
            b'Q' => stack.pop().and_then(|value| stack.push(Value::Outside(Box::new(value)))),
            b'R' => stack.call(),
            // BUILD: attributes of an object, which no tensor needs.
            b'b' => stack.pop().map(|_| ()),
            b's' => stack.last(2).and_then(|items| stack.set(items)),
            b'u' => stack.marked().and_then(|items| stack.set(items)),
            b'e' => stack.marked().and_then(|items| match stack.values.last_mut() {
                Some(Value::List(list)) => {
                    list.extend(items);
                    Some(())
                }
                _ => None,
            }),
            _ => None,
        };
        if done.is_none() {
            let found = format!("{instruction:#04x}");
            return Err(reader.unexpected("a pickle of tensors", &found));
        }
    }
}

fn memoise(stack: &mut Stack, index: u32) -> Option<()> {
    let top = stack.values.last()?.clone();
    stack.memo.insert(index, top);
    Some(())
}

fn recall(stack: &mut Stack, index: u32) -> Option<()> {
    let value = stack.memo.get(&index)?.clone();
    stack.push(value)
}

#[cfg(test)]
mod tests;
