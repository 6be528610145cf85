namespace AgentTeams.Models;

/// <summary>
/// Cosines and sines of the rotary angles position · frequency, for layers with a window or for those without.
/// </summary>
internal sealed unsafe class RotaryTable(ModelConfig config, bool isSliding)
{
    private const int Granularity = 512;
    private readonly Lock _lock = new();
    private readonly int _half = config.RotatedSize / 2;

    // Passes under way may still read an outgrown table.
    private readonly List<FloatBuffer> _outgrown = [];
    private volatile Table _table = new(new FloatBuffer(), 0);

    public float* Cos(int position) => _table.Values.Pointer + (nint)position * 2 * _half;

    public float* Sin(int position) => Cos(position) + _half;

    /// <summary>Makes sure of the angles of the first positions.</summary>
    public void Reserve(int positions)
    {
        if (_table.Positions >= positions) return;
        lock (_lock)
        {
            if (_table.Positions >= positions) return;
            var size = Math.Max(positions, Math.Min(config.MaxPositions, Math.Max(Granularity, 2 * _table.Positions)));
            var values = new FloatBuffer();
            values.Ensure((long)size * 2 * _half);
            for (var i = 0; i < _half; i++) Fill(values.Pointer + i, size, config.RotaryFrequency(i, isSliding));
            _outgrown.Add(_table.Values);
            _table = new Table(values, size);
        }
    }

    private void Fill(float* to, int positions, float frequency)
    {
        for (var position = 0; position < positions; position++, to += 2 * _half)
        {
            var angle = position * frequency;
            (to[0], to[_half]) = (MathF.Cos(angle), MathF.Sin(angle));
        }
    }

    private sealed record Table(FloatBuffer Values, int Positions);
}
