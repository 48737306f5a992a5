"""The graph of an ONNX model, as the package onnx reads it; it is imported only here, and when a graph is read."""

import numpy as np

from sktransfer._utils._optional import require


class Graph:
    """A model's graph: its nodes, each after those whose tensors it takes, and what is constant in it.

    Parameters
    ----------
    model : bytes or str
        The model, or the path of its file. It is not changed.

    Attributes
    ----------
    outputs : list of str
    nodes : list of NodeProto
    made_by : dict
        From the name of a tensor to the number of its node.
    constants : set of str
        Tensors that do not hang on the rows.

    Raises
    ------
    ImportError
        If onnx is not there.
    """

    def __init__(self, model):
        require("onnx", extra="onnx", who="what is inside an ONNX model")
        import onnx

        self._model = onnx.load_from_string(model) if isinstance(model, bytes) else onnx.load(model)
        graph = self._model.graph
        self.outputs, self.nodes = [each.name for each in graph.output], list(graph.node)
        self.made_by = {name: place for place, node in enumerate(self.nodes) for name in node.output if name}
        self._given = {tensor.name: tensor for tensor in graph.initializer}
        self.constants = set(self._given)
        for node in self.nodes:
            inputs = [name for name in node.input if name]
            if node.op_type == "Constant" or (inputs and self.constants.issuperset(inputs)):
                self.constants.update(node.output)

    @property
    def tensors(self):
        """Names of what hangs on the rows, the rows first."""
        names = (*(each.name for each in self._model.graph.input), *self.made_by)
        return [name for name in names if name not in self.constants]

    def with_outputs(self, names):
        """The same model with more tensors as outputs, as bytes."""
        import onnx

        wider = onnx.ModelProto()
        wider.CopyFrom(self._model)
        wider.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
        return wider.SerializeToString()

    def attributes(self, node):
        """What a node was told, by name."""
        from onnx.helper import get_attribute_value

        return {each.name: get_attribute_value(each) for each in node.attribute}

    def numbers(self, name):
        """A constant, which may be made of others, as float64.

        Raises
        ------
        ValueError
            If it cannot be computed.
        """
        return np.asarray(self._value(name), dtype=np.float64)

    def _value(self, name):
        from onnx import helper, numpy_helper
        from onnx.reference import ReferenceEvaluator

        if name in self._given:
            return numpy_helper.to_array(self._given[name])
        node = self.nodes[self.made_by[name]]
        inputs = {each: self._value(each) for each in node.input if each}
        ends = [[helper.make_empty_tensor_value_info(each) for each in side] for side in (inputs, [name])]
        alone = helper.make_model(helper.make_graph([node], "constant", *ends), opset_imports=self._model.opset_import)
        try:
            return ReferenceEvaluator(alone).run([name], inputs)[0]
        except Exception as error:
            raise ValueError(
                f"weights of the ONNX model's last linear layer, {name!r}, are what {node.op_type} makes of constants, "
                f"and this could not be followed: {error} Fold constants first."
            ) from error


def files_beside(path):
    """Names of the files that hold weights of the model in this one.

    Raises
    ------
    ImportError
        If onnx is not there.
    """
    require("onnx", extra="onnx", who="an ONNX model whose weights are in other files, with memory=,")
    import onnx
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    tensors = onnx.load(path, load_external_data=False).graph.initializer
    return sorted({ExternalDataInfo(tensor).location for tensor in tensors if uses_external_data(tensor)})
