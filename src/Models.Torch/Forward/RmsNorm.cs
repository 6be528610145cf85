namespace AgentTeams.Models.Torch;

/// <summary>Root-mean-square normalisation (Zhang and Sennrich 2019, equation 4), computed in float32.</summary>
internal static class RmsNorm
{
    public static Tensor Apply(Tensor x, Parameter weight, float epsilon)
    {
        var wide = x.to(ScalarType.Float32);
        var scale = (wide * wide).mean([-1], keepdim: true).add(epsilon).rsqrt();
        return (wide * scale).to(x.dtype) * weight.Value;
    }
}
