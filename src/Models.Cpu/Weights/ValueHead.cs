namespace AgentTeams.Models;

/// <summary>
/// A critic's head on one policy: the value of a state is w · h + b, where h is the normalised hidden state that the next token is
/// predicted from. It starts at 0 and is trained together with its policy.
/// </summary>
internal sealed unsafe class ValueHead : IValueHeadWeights
{
    private readonly ParameterView _weight;
    private readonly ParameterView _bias;

    public ValueHead(int hiddenSize)
    {
        _weight = Parameters.Add("value_head.weight", 1, hiddenSize);
        _bias = Parameters.Add("value_head.bias", 1);
        Parameters.Allocate();
    }

    public ParameterSet Parameters { get; } = new();

    ITrainedParameters IValueHeadWeights.Parameters => Parameters;

    public float* Weight => Parameters.Values + _weight.Offset;

    private int Width => _weight.Count;

    /// <summary>The value of a normalised hidden state.</summary>
    public float Of(float* normed) => Elementwise.Dot(Weight, normed, Width) + Parameters.Values[_bias.Offset];

    /// <summary>dh += the gradient of the hidden state.</summary>
    public void AddGradient(float valueGradient, float* dNormed) => AddScaled(Weight, valueGradient, dNormed);

    /// <summary>Adds to the gradient of the head itself.</summary>
    public void Accumulate(float valueGradient, float* normed)
    {
        AddScaled(normed, valueGradient, Parameters.Gradients + _weight.Offset);
        Parameters.Gradients[_bias.Offset] += valueGradient;
    }

    public IValueHeadWeights Copy()
    {
        var copy = new ValueHead(Width);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    private void AddScaled(float* from, float factor, float* to)
    {
        for (var i = 0; i < Width; i++) to[i] += factor * from[i];
    }
}
