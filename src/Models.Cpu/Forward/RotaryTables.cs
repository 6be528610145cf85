namespace AgentTeams.Models;

/// <summary>The rotary angles of each layer.</summary>
internal sealed class RotaryTables
{
    private readonly ModelConfig _config;
    private readonly RotaryTable _full;
    private readonly RotaryTable _sliding;

    public RotaryTables(ModelConfig config)
    {
        _config = config;
        _full = new(config, isSliding: false);
        _sliding = config.LocalRopeTheta is null ? _full : new(config, isSliding: true);
    }

    public RotaryTable this[int layer] => _config.IsSliding(layer) ? _sliding : _full;

    /// <summary>Makes sure of the angles of the first positions.</summary>
    public void Reserve(int positions)
    {
        _full.Reserve(positions);
        _sliding.Reserve(positions);
    }
}
