namespace AgentTeams.Models;

/// <summary>
/// The forward pass over a batch of segments. Sequences do not interact, so of many rows each part computes all layers of its
/// own segments; few rows are computed by all threads together, layer by layer.
/// </summary>
/// <param name="weights">The weights.</param>
/// <param name="rotary">Rotations of positions.</param>
/// <param name="activations">Buffers.</param>
/// <param name="samples">Whether with the weights that replies are sampled with.</param>
internal sealed unsafe class ForwardPass(DecoderWeights weights, RotaryTables rotary, Activations activations, bool samples) : IParallelWork, ITeamWork
{
    // Enough for full tiles and few barriers, and little enough for a level-2 cache.
    private const int RowsPerPart = 96;
    private const int RowsForTeam = 64;
    private readonly ModelConfig _config = weights.Config;
    private readonly LayerForward _layers = new(weights, rotary, activations, samples);
    private readonly List<Segment> _segments = [];
    private readonly List<int> _bounds = [];
    private int _rows;

    public IReadOnlyList<Segment> Segments => _segments;

    public int Rows => _rows;

    public int Parts => _bounds.Count - 1;

    public void Clear()
    {
        _segments.Clear();
        _rows = 0;
    }

    public void Add(nint pages, int firstPosition, int rows, AdapterWeights? adapter)
    {
        _segments.Add(new(pages, firstPosition, _rows, rows, adapter));
        _rows += rows;
    }

    /// <summary>Reserves memory; afterwards ids and positions of each row are to be filled in.</summary>
    /// <param name="threads">How many threads will compute.</param>
    public void Prepare(int threads)
    {
        var parts = WorkerPool.EqualParts(_rows, RowsPerPart, threads);
        var rowsPerPart = (_rows + parts - 1) / parts;
        var (length, rank) = (0, 0);
        _bounds.Clear();
        _bounds.Add(0);
        var rows = 0;
        for (var s = 0; s < _segments.Count; s++)
        {
            var segment = _segments[s];
            (length, rank) = (Math.Max(length, segment.Length), Math.Max(rank, segment.Adapter?.Options.MaxRank ?? 0));
            rows += segment.Rows;
            if (s + 1 < _segments.Count && rows < rowsPerPart) continue;
            _bounds.Add(s + 1);
            rows = 0;
        }

        rotary.Reserve(length);
        activations.Reserve(_rows, rank);
        _layers.Prepare(_segments, length, rank);
    }

    /// <summary>The segments of a part: from the first up to, not including, the second.</summary>
    public (int From, int To) SegmentsOf(int part) => (_bounds[part], _bounds[part + 1]);

    public (int From, int To) RowsOf(int part) => (_segments[_bounds[part]].FirstRow, _segments[_bounds[part + 1] - 1].EndRow);

    public void Run(WorkerPool pool)
    {
        // A team keeps none of what the backward pass needs of adapters.
        if (activations.Storage == ActivationStorage.Transient && (_rows <= RowsForTeam || Parts < pool.Threads)) pool.RunTogether(this);
        else pool.Run(this, Parts);
    }

    public void Execute(int part)
    {
        Embed(RowsOf(part));
        for (var layer = 0; layer < _config.Layers; layer++) Recompute(layer, part);
    }

    /// <summary>Computes a layer of a part again from the residual stream before it.</summary>
    public void Recompute(int layer, int part) => _layers.Execute(layer, SegmentsOf(part), RowTeam.Alone);

    public void Execute(RowTeam team)
    {
        Embed(team.Share(_rows));
        team.Wait();
        for (var layer = 0; layer < _config.Layers; layer++) _layers.Execute(layer, (0, _segments.Count), team);
    }

    private void Embed((int First, int End) rows)
    {
        var (width, scale) = (_config.HiddenSize, _config.EmbeddingScale);
        for (var row = rows.First; row < rows.End; row++)
        {
            var to = activations.Stream(0) + (nint)row * width;
            weights.Embed(activations.Ids[row], to);
            if (scale != 1) Elementwise.Scale(to, scale, width);
        }
    }
}
