namespace AgentTeams.Models.Torch;

/// <summary>
/// A critic's head on one policy: the value of a state is w · h + b, where h is the normalised hidden state that the next token is
/// predicted from. It starts at 0, is trained together with its policy, and is float32.
/// </summary>
internal sealed class ValueHead : IValueHeadWeights, IDisposable
{
    private readonly int _hiddenSize;
    private readonly Device _device;
    private readonly Parameter _weight;
    private readonly Parameter _bias;

    public ValueHead(int hiddenSize, Device device)
    {
        (_hiddenSize, _device) = (hiddenSize, device);
        Parameters = new ParameterSet(device, ScalarType.Float32, "a value head", "Take a smaller model.");
        _weight = Parameters.Add("value_head.weight", 1, hiddenSize);
        _bias = Parameters.Add("value_head.bias", 1);
        Parameters.Allocate();
    }

    public ParameterSet Parameters { get; }

    ITrainedParameters IValueHeadWeights.Parameters => Parameters;

    /// <summary>The values of normalised hidden states [states, hidden].</summary>
    public Tensor Of(Tensor normed) => nn.functional.linear(normed.to(ScalarType.Float32), _weight.Value, _bias.Value).view(-1);

    public IValueHeadWeights Copy()
    {
        var copy = new ValueHead(_hiddenSize, _device);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    public void Dispose() => Parameters.Dispose();
}
