namespace AgentTeams.Models.Torch;

/// <summary>
/// A critic's head on one policy: the value of a state is w · h + b, where h is the normalised hidden state that the next token is
/// predicted from. It starts at 0, is trained together with its policy, and is float32.
/// </summary>
internal sealed class ValueHead : IDisposable
{
    private readonly int _hiddenSize;
    private readonly Device _device;
    private readonly Parameter _weight;
    private readonly Parameter _bias;

    public ValueHead(int hiddenSize, Device device)
    {
        (_hiddenSize, _device) = (hiddenSize, device);
        Set = new ParameterSet(device, ScalarType.Float32, "a value head", "Take a smaller model.");
        _weight = Set.Add("value_head.weight", 1, hiddenSize);
        _bias = Set.Add("value_head.bias", 1);
        Set.Allocate();
    }

    public ParameterSet Set { get; }

    /// <summary>The values of normalised hidden states [states, hidden].</summary>
    public Tensor Of(Tensor normed) => nn.functional.linear(normed.to(ScalarType.Float32), _weight.Value, _bias.Value).view(-1);

    public ValueHead Copy()
    {
        var copy = new ValueHead(_hiddenSize, _device);
        copy.Set.CopyFrom(Set);
        return copy;
    }

    public void Dispose() => Set.Dispose();
}
