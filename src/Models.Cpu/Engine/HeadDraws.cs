namespace AgentTeams.Models;

/// <summary>Draws of tokens from the logits of an output head, shared by all threads: each depends on its logits and its number only.</summary>
internal sealed unsafe class HeadDraws : IParallelWork
{
    private const int PartsPerThread = 4;
    private readonly List<(int Row, TokenDraw Draw, int Index)> _draws = [];
    private OutputHead? _head;
    private DrawnToken* _tokens;
    private int _parts;

    public void Clear() => _draws.Clear();

    /// <summary>Adds a draw.</summary>
    /// <param name="row">Which of the head's rows it is from.</param>
    /// <param name="draw">The draw.</param>
    /// <param name="index">Where its token belongs.</param>
    public void Add(int row, TokenDraw draw, int index) => _draws.Add((row, draw, index));

    public void Run(WorkerPool pool, OutputHead head, Span<DrawnToken> tokens)
    {
        if (_draws.Count == 0) return;
        _parts = Math.Min(_draws.Count, pool.Threads * PartsPerThread);
        fixed (DrawnToken* first = tokens)
        {
            _head = head;
            _tokens = first;
            pool.Run(this, _parts);
        }
    }

    public void Execute(int part)
    {
        for (var i = _draws.Count * part / _parts; i < _draws.Count * (part + 1) / _parts; i++)
        {
            var (row, draw, index) = _draws[i];
            _tokens[index] = Sampler.Draw(_head!.Logits(row), draw.Temperature, draw.Uniform);
        }
    }
}
