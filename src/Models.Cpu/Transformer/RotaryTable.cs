namespace AgentTeams;

/// <summary>Cosines and sines of the rotary angles position · θ^(−2i/headSize) (Su et al. 2021, equation 15).</summary>
internal sealed unsafe class RotaryTable
{
    private readonly FloatBuffer _cos = new();
    private readonly FloatBuffer _sin = new();
    private readonly int _half;

    public RotaryTable(ModelConfig config)
    {
        _half = config.HeadSize / 2;
        var cos = _cos.Ensure((long)config.MaxPositions * _half);
        var sin = _sin.Ensure((long)config.MaxPositions * _half);
        for (var i = 0; i < _half; i++)
        {
            var frequency = MathF.Pow(config.RopeTheta, -2f * i / config.HeadSize);
            for (var position = 0; position < config.MaxPositions; position++)
            {
                var angle = position * frequency;
                cos[(nint)position * _half + i] = MathF.Cos(angle);
                sin[(nint)position * _half + i] = MathF.Sin(angle);
            }
        }
    }

    public float* Cos(int position) => _cos.Pointer + (nint)position * _half;

    public float* Sin(int position) => _sin.Pointer + (nint)position * _half;
}
