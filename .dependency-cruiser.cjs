// Who may import whom. The table in src/README.md says the same in words; this file makes it fail.
const allowed = {
  anonymization: [],
  tokenizers: [],
  tensors: [],
  plots: [],
  notebook: [],
  hub: [],
  datasets: ['anonymization'],
  models: ['tensors'],
  lora: ['models', 'tensors'],
  artifacts: ['lora', 'models', 'tokenizers', 'tensors'],
  generation: ['models', 'tokenizers', 'tensors'],
  training: ['lora', 'models', 'tokenizers', 'datasets', 'tensors'],
  evaluation: ['generation', 'models', 'tokenizers', 'datasets', 'tensors'],
  pipelines: [
    'anonymization',
    'tokenizers',
    'tensors',
    'plots',
    'datasets',
    'models',
    'lora',
    'artifacts',
    'generation',
    'training',
    'evaluation',
    'hub',
  ],
}
const testFiles = '\\.(test|bench|fixture)\\.ts$'
const layering = Object.entries(allowed).map(([folder, may]) => ({
  name: `layer-${folder}`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: testFiles },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...may].join('|')})/|^src/(errors|atomic-file)\\.ts$` },
}))
module.exports = {
  forbidden: [
    ...layering,
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: testFiles },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-imports-app',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/app/|${testFiles}` },
      to: { path: '^src/app/' },
    },
    {
      name: 'tfjs-only-in-tensors',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/tensors/(backends|native)/|${testFiles}` },
      to: { path: 'node_modules/@tensorflow/' },
    },
    {
      name: 'no-orphans',
      severity: 'warn',
      // The page's build puts `no-formats.ts` in the place of a package.
      from: { orphan: true, pathNot: `${testFiles}|\\.d\\.ts$|/schema/no-formats\\.ts$` },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^dist' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
