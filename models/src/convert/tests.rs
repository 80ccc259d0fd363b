// SPDX-License-Identifier: MIT OR Apache-2.0
#![allow(clippy::unwrap_used, clippy::panic)]

use prost::Message;

use super::*;
use crate::onnx::{Attribute, DimensionValue, GraphBuilder, Model};

/// Writes dlib's primitives.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn int(&mut self, value: i64) -> &mut Self {
        let magnitude = value.unsigned_abs().to_le_bytes();
        let length = (1..8).rev().find(|&n| magnitude[n] != 0).map_or(1, |n| n + 1);
        let sign = if value < 0 { 0x80 } else { 0 };
        self.0.push(length as u8 | sign);
        self.0.extend(&magnitude[..length]);
        self
    }

    fn ints(&mut self, values: &[i64]) -> &mut Self {
        for &value in values {
            self.int(value);
        }
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.int(text.len() as i64).0.extend(text.as_bytes());
        self
    }

    fn floats(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.ints(&[3, -1]);
        }
        self
    }

    fn tensor(&mut self, dims: [i64; 4], elements: &[f32]) -> &mut Self {
        self.int(2).ints(&dims);
        self.0.extend(elements.iter().flat_map(|e| e.to_le_bytes()));
        self
    }

    fn alias(&mut self, dims: [i64; 4]) -> &mut Self {
        self.int(1).ints(&dims)
    }

    /// What follows every layer's own data.
    fn end_of_layer(&mut self) -> &mut Self {
        self.0.extend(b"010");
        for _ in 0..3 {
            self.tensor([0; 4], &[]);
        }
        self
    }

    /// A convolution whose filters are all 2 and whose biases are all 1.
    fn convolution(&mut self, shape: [i64; 4], stride: i64, pad: i64) -> &mut Self {
        let [outputs, _, rows, columns] = shape;
        let weights = shape.iter().product::<i64>() as usize;
        let mut parameters = vec![2.0; weights];
        parameters.extend(vec![1.0; outputs as usize]);
        self.text("con_4").tensor([1, parameters.len() as i64, 1, 1], &parameters);
        self.ints(&[outputs, rows, columns, stride, stride, pad, pad]);
        self.alias(shape).alias([1, outputs, 1, 1]).floats(4).end_of_layer()
    }

    /// `3 x + 5` on every channel.
    fn affine(&mut self, channels: i64) -> &mut Self {
        let mut parameters = vec![3.0; channels as usize];
        parameters.extend(vec![5.0; channels as usize]);
        self.text("affine_").tensor([1, 2 * channels, 1, 1], &parameters);
        self.alias([1, channels, 1, 1]).alias([1, channels, 1, 1]).int(0).end_of_layer()
    }

    fn plain(&mut self, tag: &str) -> &mut Self {
        self.text(tag).end_of_layer()
    }

    fn pool(&mut self, tag: &str, window: [i64; 6]) -> &mut Self {
        self.text(tag).ints(&window).end_of_layer()
    }
}

/// Every layer there is, on 11x11 pixels: a stem to 4x4, a plain block, a down block whose branches
/// are 1x1x3 and 2x2x2, and the end.
fn small_network() -> Vec<u8> {
    let mut w = Writer::default();
    w.int(1).text("loss_metric_2").floats(2);
    // From the output: fc, average, relu, add, average, skip, tag, affine, con, relu, affine, con,
    // tag, relu, add, affine, con, relu, affine, con, tag, max, relu, affine, con.
    w.ints(&[2, 2, 2, 2, 2, 1, 1, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 3]);
    w.text("input_rgb_image_sized").ints(&[1, 7, 1, 6, 1, 5]).ints(&[11, 11]);
    w.convolution([2, 3, 3, 3], 1, 0).int(1);
    w.affine(2).plain("relu_").pool("max_pool_2", [3, 3, 2, 2, 0, 0]);
    w.convolution([2, 2, 3, 3], 1, 1).affine(2).plain("relu_");
    w.convolution([2, 2, 3, 3], 1, 1).affine(2).plain("add_prev_").plain("relu_");
    w.convolution([3, 2, 3, 3], 2, 0).affine(3).plain("relu_");
    w.convolution([3, 3, 3, 3], 1, 1).affine(3);
    w.pool("avg_pool_2", [2, 2, 2, 2, 0, 0]).plain("add_prev_").plain("relu_");
    w.pool("avg_pool_2", [0, 0, 1, 1, 0, 0]);
    w.text("fc_2").ints(&[2, 3]).tensor([3, 2, 1, 1], &[1.0; 6]);
    w.alias([3, 2, 1, 1]).alias([0; 4]).int(1).floats(4).end_of_layer();
    w.0
}

fn convert(file: Vec<u8>) -> Result<Vec<u8>, ConvertError> {
    Conversion::DlibResnet.apply(&[file])
}

#[test]
fn a_network_becomes_the_right_operators() {
    let model = Model::decode(convert(small_network()).unwrap().as_slice()).unwrap();
    let graph = model.graph.unwrap();
    let operators: Vec<_> = graph.node.iter().map(|n| n.op_type.clone().unwrap()).collect();
    let expected = "Conv Relu MaxPool \
                    Conv Relu Conv Add Relu \
                    Conv Relu Conv AveragePool Pad Pad Add Relu \
                    GlobalAveragePool Flatten MatMul Identity";
    assert_eq!(operators.join(" "), expected);
}

#[test]
fn normalisation_and_affine_layers_are_folded() {
    let model = Model::decode(convert(small_network()).unwrap().as_slice()).unwrap();
    let constants = model.graph.unwrap().initializer;
    let floats = |i: usize| -> Vec<f32> {
        let raw = constants[i].raw_data.as_deref().unwrap();
        raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    };
    // 3 (2 (x - mean) / 256 + 1) + 5, means 2^7, 2^6, 2^5 on nine pixels each.
    assert_eq!(floats(0), [6.0 / 256.0; 54]);
    assert_eq!(floats(1), [3.0 * (1.0 - 9.0 * 2.0 * (128.0 + 64.0 + 32.0) / 256.0) + 5.0; 2]);
    // The next ones see no picture: 3 (2 x + 1) + 5.
    assert_eq!((floats(2), floats(3)), (vec![6.0; 36], vec![8.0; 2]));
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let file = small_network();
    for length in 0..file.len() {
        assert!(convert(file[..length].to_vec()).is_err(), "{length} of {}", file.len());
    }
    let longer = [file.as_slice(), b"x"].concat();
    assert!(matches!(convert(longer), Err(ConvertError::Unexpected { .. })));
}

#[test]
fn a_file_damaged_anywhere_never_panics() {
    let file = small_network();
    for at in 0..file.len() {
        for value in [0x00, 0x01, 0x02, 0x08, 0x7f, 0x80, 0x84, 0xff, file[at] ^ 0x01] {
            let mut damaged = file.clone();
            damaged[at] = value;
            // Weights may take any value: the result may be good or an error.
            let _ = convert(damaged);
        }
    }
}

#[test]
fn what_is_no_network_is_an_error() {
    for file in [&b""[..], b"\x89PNG\r\n", &[0; 4096], &[0xff; 4096], &[0x01; 4096]] {
        assert!(convert(file.to_vec()).is_err());
        assert!(Conversion::CenterFace.apply(&[file.to_vec()]).is_err());
        assert!(Conversion::FreeBatch.apply(&[file.to_vec()]).is_err());
        assert!(Conversion::Sface.apply(&[file.to_vec()]).is_err());
        assert!(Conversion::OpenVino.apply(&[file.to_vec(), Vec::new()]).is_err());
    }
}

#[test]
fn another_number_of_files_is_an_error() {
    let error = Conversion::OpenVino.apply(&[b"<net/>".to_vec()]).unwrap_err().to_string();
    assert!(error.starts_with("1 files"), "{error}");
}

/// A convolution that doubles, PReLU with one slope, and a mean of all: the layers that an IR is made of.
fn small_ir(kind: &str, slopes: &str) -> String {
    let port = |id: u32, dims: &[u32]| {
        let dims: String = dims.iter().map(|dim| format!("<dim>{dim}</dim>")).collect();
        format!("<port id=\"{id}\">{dims}</port>")
    };
    let picture = [1, 1, 2, 2];
    format!(
        r#"<net name="small" version="11"><layers>
        <layer id="0" name="in" type="Parameter"><data shape="1,1,2,2" element_type="f32"/>
          <output>{}</output></layer>
        <layer id="1" name="w" type="Const"><data element_type="f16" shape="1,1,1,1,1" offset="0" size="2"/>
          <output>{}</output></layer>
        <layer id="2" name="c" type="Convert"><data destination_type="f32"/>
          <input>{}</input><output>{}</output></layer>
        <layer id="3" name="conv" type="GroupConvolution">
          <data strides="1,1" dilations="1,1" pads_begin="0,0" pads_end="0,0" auto_pad="explicit"/>
          <input>{}{}</input><output>{}</output></layer>
        <layer id="4" name="s" type="Const"><data element_type="f32" shape="{slopes}" offset="2" size="4"/>
          <output>{}</output></layer>
        <layer id="5" name="bend" type="{kind}"><input>{}{}</input><output>{}</output></layer>
        <layer id="6" name="mean" type="AvgPool">
          <data kernel="2,2" strides="2,2" pads_begin="0,0" pads_end="0,0" exclude-pad="true"/>
          <input>{}</input><output>{}</output></layer>
        <layer id="7" name="out" type="Result"><input>{}</input></layer>
        </layers><edges>
        <edge from-layer="1" from-port="0" to-layer="2" to-port="0"/>
        <edge from-layer="0" from-port="0" to-layer="3" to-port="0"/>
        <edge from-layer="2" from-port="1" to-layer="3" to-port="1"/>
        <edge from-layer="3" from-port="2" to-layer="5" to-port="0"/>
        <edge from-layer="4" from-port="0" to-layer="5" to-port="1"/>
        <edge from-layer="5" from-port="2" to-layer="6" to-port="0"/>
        <edge from-layer="6" from-port="1" to-layer="7" to-port="0"/>
        </edges></net>"#,
        port(0, &picture),
        port(0, &[1; 5]),
        port(0, &[1; 5]),
        port(1, &[1; 5]),
        port(0, &picture),
        port(1, &[1; 5]),
        port(2, &picture),
        port(0, &[1]),
        port(0, &picture),
        port(1, &[1]),
        port(2, &picture),
        port(0, &picture),
        port(1, &[1, 1, 1, 1]),
        port(0, &[1, 1, 1, 1]),
    )
}

/// f16 2.0, then f32 0.25.
const CONSTANTS: [u8; 6] = [0, 0x40, 0, 0, 0x80, 0x3e];

fn convert_ir(graph: &str, constants: &[u8]) -> Result<Vec<u8>, ConvertError> {
    Conversion::OpenVino.apply(&[graph.as_bytes().to_vec(), constants.to_vec()])
}

#[test]
fn an_intermediate_representation_becomes_the_right_operators() {
    let file = convert_ir(&small_ir("PReLU", "1"), &CONSTANTS).unwrap();
    let mut graph = Model::decode(file.as_slice()).unwrap().graph.unwrap();
    let operators: Vec<_> = graph.node.iter().map(|n| n.op_type.clone().unwrap()).collect();
    assert_eq!(operators, ["Conv", "LeakyRelu", "GlobalAveragePool", "Flatten"]);
    assert_eq!(dims(graph.input[0].dims_mut()), ["N", "1", "2", "2"]);
    assert_eq!(dims(graph.output[0].dims_mut()), ["N", "1"]);
    assert_eq!(graph.initializer[0].numbers(), Some(vec![2.0]));
    assert_eq!(graph.node[1].attribute("alpha").and_then(|a| a.f), Some(0.25));
}

#[test]
fn layers_of_an_intermediate_representation_that_are_not_read_are_named() {
    let error =
        |graph: &str, constants: &[u8]| convert_ir(graph, constants).unwrap_err().to_string();
    let unknown = error(&small_ir("Swish", "1"), &CONSTANTS);
    assert!(unknown.contains("\"bend\" of type \"Swish\""), "{unknown}");
    let short = error(&small_ir("PReLU", "1"), &CONSTANTS[..4]);
    assert!(short.contains("\"s\"") && short.contains("outside"), "{short}");
    let shape = error(&small_ir("PReLU", "3"), &CONSTANTS);
    assert!(shape.contains("1 elements for [3]"), "{shape}");
    let unfed = small_ir("PReLU", "1").replace("from-layer=\"2\"", "from-layer=\"9\"");
    assert!(error(&unfed, &CONSTANTS).contains("\"conv\""));
}

#[test]
fn damaged_intermediate_representations_never_panic() {
    let graph = small_ir("PReLU", "1");
    for at in (0..graph.len()).step_by(7) {
        let _ = convert_ir(&graph[..at], &CONSTANTS);
        let mut bytes = graph.clone().into_bytes();
        bytes[at] ^= 0x11;
        let _ = Conversion::OpenVino.apply(&[bytes, CONSTANTS.to_vec()]);
    }
}

#[test]
fn layers_that_do_not_fit_are_named() {
    let mut w = Writer::default();
    w.int(1).text("loss_metric_").ints(&[2, 3]);
    w.text("input_rgb_image_sized").ints(&[1, 7, 1, 6, 1, 5]).ints(&[11, 11]);
    w.convolution([2, 4, 3, 3], 1, 0).int(1);
    w.text("fc_2").ints(&[1, 1]).tensor([1, 1, 1, 1], &[1.0]);
    w.alias([1; 4]).alias([0; 4]).int(1).floats(4).end_of_layer();
    let error = convert(w.0).unwrap_err();
    assert!(matches!(error, ConvertError::Layer { layer: 0, .. }), "{error}");
}

/// One input of a fixed shape, and a weight listed among the inputs.
fn fixed_network() -> Vec<u8> {
    let mut builder = GraphBuilder::new("fixed");
    builder.input("picture", &[1.into(), 3.into(), 32.into(), 32.into()]);
    let weight = builder.floats(&[1], [2.0]);
    builder.floats(&[1], [3.0]);
    builder.input(&weight, &[1.into()]);
    let scaled = builder.node("Mul", &["picture", &weight], &[]);
    let shape = builder.ints(&[1, -1]);
    builder.node_to("Reshape", &[&scaled, &shape], &[("allowzero", Attribute::Int(0))], "flat");
    builder.output("flat", &[1.into(), 3072.into(), 1.into(), 1.into()]);
    builder.finish()
}

fn dims(dims: Option<&mut Vec<crate::onnx::Dimension>>) -> Vec<String> {
    let name = |d: &crate::onnx::Dimension| match &d.value {
        Some(DimensionValue::Param(name)) => name.clone(),
        Some(DimensionValue::Value(length)) => length.to_string(),
        None => "?".to_owned(),
    };
    dims.unwrap().iter().map(name).collect()
}

#[test]
fn centerface_gets_free_sizes_and_constant_weights() {
    let fixed = Conversion::CenterFace.apply(&[fixed_network()]).unwrap();
    let mut graph = Model::decode(fixed.as_slice()).unwrap().graph.unwrap();
    assert_eq!(graph.input.len(), 1);
    assert_eq!(dims(graph.input[0].dims_mut()), ["N", "3", "H", "W"]);
    assert_eq!(dims(graph.output[0].dims_mut()), ["N", "3072", "H/4", "W/4"]);
    // The weight and the shape; the constant that nothing reads is gone.
    assert_eq!(graph.initializer.len(), 2);
}

#[test]
fn a_free_batch_reaches_reshape() {
    let free = Conversion::FreeBatch.apply(&[fixed_network()]).unwrap();
    let mut graph = Model::decode(free.as_slice()).unwrap().graph.unwrap();
    assert_eq!(dims(graph.output[0].dims_mut())[0], "N");
    let shape = graph.initializer.iter().find_map(|t| t.int64s()).unwrap();
    assert_eq!(shape, [0, -1]);
}
