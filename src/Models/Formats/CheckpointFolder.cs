namespace AgentTeams.Models;

/// <summary>
/// The weights in a Hugging Face folder, whether in one <c>model.safetensors</c> or in shards with an index. Reading is safe from
/// several threads. Close it before its files are replaced: some systems do not replace files that are mapped.
/// </summary>
internal sealed class CheckpointFolder : IDisposable
{
    /// <summary>The usual name of the weights.</summary>
    public const string DefaultFile = "model.safetensors";

    /// <summary>What is appended to the name of the weights for the index of its shards.</summary>
    public const string IndexSuffix = ".index.json";

    private const string Embeddings = "model.embed_tokens.weight", Head = "lm_head.weight";

    private readonly SortedDictionary<string, SafeTensorEntry> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafeTensorsFile> _homes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafeTensorsFile> _files = new(StringComparer.Ordinal);

    private CheckpointFolder(string source) => Source = source;

    /// <summary>The file or index by which errors name the checkpoint.</summary>
    public string Source { get; }

    /// <summary>The tensors by name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, SafeTensorEntry> Tensors => _tensors;

    /// <summary>Whether a folder holds the weights of a model.</summary>
    public static bool Exists(string directory) =>
        File.Exists(Path.Combine(directory, DefaultFile)) || File.Exists(Path.Combine(directory, DefaultFile + IndexSuffix));

    /// <summary>Opens all files of a checkpoint and checks their headers; a single file is preferred to shards.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="file">The name of the weights; shards are found through this name with <c>.index.json</c> appended.</param>
    /// <exception cref="ModelFormatException">
    /// There are no weights, a file is damaged, or the index names a file elsewhere or a tensor that its shard lacks.
    /// </exception>
    public static CheckpointFolder Open(string directory, string file = DefaultFile)
    {
        var single = Path.Combine(directory, file);
        var index = single + IndexSuffix;
        var sharded = !File.Exists(single);
        if (sharded && !File.Exists(index))
            throw new ModelFormatException($"'{single}' does not exist, nor does '{Path.GetFileName(index)}'; a model folder holds its weights there.");
        var folder = new CheckpointFolder(sharded ? index : single);
        try
        {
            if (sharded) folder.AddShards(directory);
            else folder.AddAll(file, single);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Writes a checkpoint as one file, or as shards with an index where that file would be larger than a shard may be.</summary>
    /// <param name="directory">The folder; created where it does not exist.</param>
    /// <param name="tensors">The tensors, in the order of the file.</param>
    /// <param name="maxShardBytes">The most bytes of values in one file; a larger tensor gets a file for itself.</param>
    /// <exception cref="AgentTeamsException">Two tensors share a name, or one's values do not fit its shape or are not finite; the folder is as
    /// before.</exception>
    public static void Write(string directory, IReadOnlyCollection<SafeTensorSource> tensors, long maxShardBytes) =>
        CheckpointWriter.Write(directory, tensors, maxShardBytes);

    /// <inheritdoc cref="SafeTensorsFile.Read(string, IReadOnlyList{int}, Span{float})"/>
    public void Read(string name, IReadOnlyList<int> expectedShape, Span<float> to) => HomeOf(name).Read(name, expectedShape, to);

    /// <inheritdoc cref="SafeTensorsFile.ReadBFloat16"/>
    public void ReadBFloat16(string name, IReadOnlyList<int> expectedShape, Span<ushort> to) => HomeOf(name).ReadBFloat16(name, expectedShape, to);

    /// <summary>
    /// Refuses tensors that nobody reads, as the model that the folder means would be another one. Left over may be the rotary
    /// frequencies that old checkpoints store although the configuration gives them, and an output head that repeats tied embeddings.
    /// </summary>
    /// <param name="read">The names of those that are read.</param>
    /// <exception cref="ModelFormatException">There is another tensor.</exception>
    public void RequireOnly(IEnumerable<string> read)
    {
        var names = read.ToHashSet(StringComparer.Ordinal);
        foreach (var name in _tensors.Keys.Where(n => !names.Contains(n) && !n.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal)))
        {
            if (name == Head && names.Contains(Embeddings) && _homes[Head].HasSameBytes(Head, _homes[Embeddings], Embeddings)) continue;
            throw new ModelFormatException($"'{Source}' holds the tensor '{name}', which the model that its configuration describes does not "
                + $"have{(name == Head ? " besides its tied embeddings, from which it differs" : "")}. Correct the configuration, or load a folder whose "
                + "files belong together.");
        }
    }

    /// <inheritdoc cref="SafeTensorsFile.Check"/>
    public void Check(string name, IReadOnlyList<int> expectedShape) => HomeOf(name).Check(name, expectedShape);

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        foreach (var file in _files.Values) file.Dispose();
    }

    private SafeTensorsFile HomeOf(string name) =>
        _homes.TryGetValue(name, out var file) ? file : throw new ModelFormatException($"'{Source}' lacks the tensor '{name}'.");

    private void AddAll(string file, string path)
    {
        var opened = _files[file] = SafeTensorsFile.Open(path);
        foreach (var name in opened.Tensors.Keys) Add(name, opened);
    }

    private void AddShards(string directory)
    {
        foreach (var (name, shard) in CheckpointIndex.Load(Source))
        {
            if (!_files.TryGetValue(shard, out var file))
            {
                var path = Path.Combine(directory, shard);
                if (!File.Exists(path))
                    throw new ModelFormatException($"'{Source}' places the tensor '{name}' in '{shard}', which does not exist. The checkpoint is incomplete.");
                file = _files[shard] = SafeTensorsFile.Open(path);
            }

            if (!file.Tensors.ContainsKey(name)) throw new ModelFormatException($"'{Source}' places the tensor '{name}' in '{shard}', which lacks it.");
            Add(name, file);
        }

        foreach (var (shard, file) in _files)
        {
            if (file.Tensors.Keys.FirstOrDefault(name => !_homes.TryGetValue(name, out var home) || home != file) is { } extra)
                throw new ModelFormatException($"'{shard}' holds the tensor '{extra}', which '{Source}' does not place there. The checkpoint is put together "
                    + "from different ones; fetch it again.");
        }
    }

    private void Add(string name, SafeTensorsFile file)
    {
        _tensors.Add(name, file.Tensors[name]);
        _homes.Add(name, file);
    }
}
